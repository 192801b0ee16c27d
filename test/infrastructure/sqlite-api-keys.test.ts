import { env } from "cloudflare:workers";
import { afterEach } from "vitest";
import { digestOf } from "../../src/infrastructure/crypto/verifier.ts";
import { keyringOfTexts } from "../../src/infrastructure/secrets/keyring-of-texts.ts";
import { KeyUses } from "../../src/infrastructure/sqlite/key-uses.ts";
import { ObjectState } from "../../src/infrastructure/sqlite/object-state.ts";
import { SqliteApiKeys } from "../../src/infrastructure/sqlite/sqlite-api-keys.ts";
import { SqliteKeptAnswers } from "../../src/infrastructure/sqlite/sqlite-kept-answers.ts";
import { SqliteKeyTally } from "../../src/infrastructure/sqlite/sqlite-key-tally.ts";
import { SqliteValidations } from "../../src/infrastructure/sqlite/sqlite-validations.ts";
import { apiKeysContract } from "../support/api-keys.contract.ts";
import { forgetEverything, inObject } from "../support/manager.ts";

afterEach(forgetEverything);

apiKeysContract("SQLite in a Durable Object", async (use) => {
  const secrets = keyringOfTexts(env as unknown as Parameters<typeof keyringOfTexts>[0]);
  if (!secrets.ok) throw new Error("the tests have no secrets");
  const { keyring } = secrets;
  await inObject("shard-00", (sql) => {
    const signing = { sql, object: "shard-00", ring: keyring.hmac, hasWrittenUnder: () => false };
    const state = new ObjectState(signing, keyring, () => 1_750_000_000_000);
    const [uses, validations] = [new KeyUses(sql), new SqliteValidations(sql)];
    const keyTally = new SqliteKeyTally(sql, state, uses, { examinedRowsMax: 5000 });
    const keptAnswers = new SqliteKeptAnswers(signing, keyring, state);
    use({
      apiKeys: new SqliteApiKeys(signing, keyring, state, { uses, validations, keyTally, keptAnswers }),
      digestOf,
    });
  });
});
