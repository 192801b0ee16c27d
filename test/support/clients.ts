import { type KnownKey, KnownKeys } from "./known-keys.ts";
import type { Answer, CreatedAdmin, Manager, RequestOptions } from "./manager.ts";
import { visitWith } from "./session.ts";

// biome-ignore lint/suspicious/noExplicitAny: what is asked of it fails where it is another.
type AnyAnswer = Answer<any>;

interface Member {
  readonly key: string;
  readonly id: string;
  readonly token: string;
}

/**
 * What clients do, through any of the Workers that answer at that moment. They know what each answer has to be; one that is
 * another is a surprise.
 */
export class Clients {
  readonly keys = new KnownKeys();
  readonly members: Member[] = [];
  readonly surprises: string[] = [];
  workers: readonly Manager[];
  #count = 0;

  constructor(worker: Manager) {
    this.workers = [worker];
  }

  async make(fields: object, isRepeatable: boolean): Promise<KnownKey | undefined> {
    const name = this.#nextName();
    const json = { name, owner: `acct_${this.#count % 7}`, scopes: ["orders:read"], ...fields };
    const idempotencyKey = `make ${name}`.replaceAll(" ", "-");
    const headers: Record<string, string> = isRepeatable ? { "Idempotency-Key": idempotencyKey } : {};
    const answer = await this.#send("create", "/v1/keys", 201, { json, headers });
    if (!answer) return undefined;
    return this.keys.add(answer.body, isRepeatable ? { idempotencyKey, json, text: answer.text } : null);
  }

  async replace(known: KnownKey, graceSeconds: number): Promise<void> {
    await this.keys.change(known, async () => {
      const answer = await this.#send("rotate", `/v1/keys/${known.id}/rotate`, 201, { json: { graceSeconds } });
      if (!answer) return;
      known.isReplaced = true;
      known.verdict = graceSeconds === 0 ? "rotated" : "valid";
      this.keys.add(answer.body, null, known);
    });
  }

  async end(known: KnownKey): Promise<void> {
    await this.keys.change(known, async () => {
      const answer = await this.#send("revoke", `/v1/keys/${known.id}/revoke`, 200, { json: {} });
      if (answer) this.keys.noteRevoked([known.id, ...answer.body.alsoRevoked]);
    });
  }

  async validate(known = this.keys.any()): Promise<void> {
    if (!known) return;
    const { changes } = known.lineage;
    const answer = await this.#send("validate", "/v1/validate", 200, { json: { key: known.key } });
    const isToldOf = answer && !known.lineage.isBusy && known.lineage.changes === changes;
    if (isToldOf && answer.body.code !== known.verdict) {
      this.#surprise(`${known.id} is ${answer.body.code}, not ${known.verdict}`);
    }
  }

  async create(): Promise<void> {
    await this.make({ recoverable: Math.random() < 0.5 }, Math.random() < 0.5);
  }

  async rotate(): Promise<void> {
    const known = this.keys.any(({ verdict, isReplaced }) => verdict === "valid" && !isReplaced);
    if (known) await this.replace(known, Math.random() < 0.5 ? 0 : 3600);
  }

  async revoke(): Promise<void> {
    const known = this.keys.any(({ verdict }) => verdict === "valid" || verdict === "disabled");
    if (known) await this.end(known);
  }

  async patch(): Promise<void> {
    const known = this.keys.any(({ verdict, isReplaced }) => !isReplaced && verdict !== "revoked");
    if (!known) return;
    await this.keys.change(known, async () => {
      const json = { name: this.#nextName(), enabled: known.verdict === "disabled" };
      const answer = await this.#send("patch", `/v1/keys/${known.id}`, 200, { method: "PATCH", json });
      if (answer) known.verdict = json.enabled ? "valid" : "disabled";
    });
  }

  async replay(known = this.keys.any(({ made }) => made !== null)): Promise<void> {
    const made = known?.made;
    if (!known || !made) return;
    await this.keys.change(known, async () => {
      const headers = { "Idempotency-Key": made.idempotencyKey };
      const status = known.verdict === "revoked" ? 409 : 201;
      const answer = await this.#send("replay", "/v1/keys", status, { json: made.json, headers });
      if (answer && status === 201 && answer.text !== made.text)
        this.#surprise(`the replay for ${known.id} is another`);
    });
  }

  async reveal(known = this.keys.any()): Promise<void> {
    if (!known) return;
    await this.keys.change(known, async () => {
      const status = known.recoverable && known.verdict !== "revoked" ? 200 : 409;
      const json = { reason: "the customer lost it" };
      const answer = await this.#send("reveal", `/v1/keys/${known.id}/reveal`, status, { json });
      if (answer && status === 200 && answer.body.key !== known.key) this.#surprise(`${known.id} reveals another key`);
    });
  }

  /** Each page from any Worker, with the cursor that another gave. */
  async list(): Promise<void> {
    const before = this.keys.all.map(({ id }) => id);
    const seen = new Set<string>();
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? "" : `&cursor=${cursor}`;
      const answer = await this.#send("list", `/v1/keys?limit=200${query}`, 200);
      if (!answer) return;
      for (const { id } of answer.body.items as readonly { readonly id: string }[]) {
        if (seen.has(id)) this.#surprise(`the list repeats ${id}`);
        seen.add(id);
      }
      cursor = answer.body.nextCursor;
    } while (cursor !== null);
    for (const id of before) if (!seen.has(id)) this.#surprise(`the list skips ${id}`);
  }

  async addMember(): Promise<void> {
    const json = { name: "A member", roles: ["auditor", "reader"] };
    const admin = (await this.#send("admin", "/v1/admins", 201, { json }))?.body as CreatedAdmin;
    const session = await this.#send("session", "/v1/session", 201, { key: admin.key, method: "POST" });
    const token = /=([^;]*)/.exec(session?.headers.get("Set-Cookie") ?? "")?.[1] ?? "";
    this.members.push({ key: admin.key, id: admin.id, token });
  }

  async useSession(): Promise<void> {
    const member = this.members[Math.floor(Math.random() * this.members.length)];
    if (member) await this.#checkSession(member);
  }

  async useMember(): Promise<void> {
    const member = this.members[Math.floor(Math.random() * this.members.length)];
    if (member) await this.checkMember(member);
  }

  /** Its key opens, its roles are read, and it can be changed. */
  async checkMember(member: Member): Promise<void> {
    await this.#send("member", "/v1/keys?limit=1", 200, { key: member.key });
    const name = this.#nextName();
    await this.#send("patch admin", `/v1/admins/${member.id}`, 200, { method: "PATCH", json: { name } });
    const role = { permissions: ["keys:read"], description: name };
    await this.#send("role", "/v1/roles/reader", 200, { method: "PUT", json: role });
    await this.#checkSession(member);
  }

  async #checkSession({ token, id }: Member): Promise<void> {
    const answer = await visitWith(this.#worker, token).request("/v1/me");
    if (answer.status !== 200) this.#surprise(`the session of ${id} answered ${answer.text}`);
  }

  #nextName(): string {
    this.#count += 1;
    return `Number ${this.#count}`;
  }

  get #worker(): Manager {
    return this.workers[Math.floor(Math.random() * this.workers.length)] as Manager;
  }

  /** Undefined, and a surprise, where the status is another. */
  async #send(
    what: string,
    path: string,
    status: number,
    options: RequestOptions = {},
  ): Promise<AnyAnswer | undefined> {
    const answer = await this.#worker.request(path, options);
    if (answer.status === status) return answer;
    this.#surprise(`${what} ${path} answered ${answer.status} ${answer.body.code} ${answer.body.detail}`);
    return undefined;
  }

  #surprise(text: string): void {
    this.surprises.push(text);
  }
}
