import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { evictAll, forgetEverything, inObject, type Manager, runAlarms, startManager } from "../support/manager.ts";
import { expectProblem } from "../support/problems.ts";
import { advance, isAlive, openSession, sessionIds } from "../support/session.ts";
import { alter, columnsOf, edit, sessionTable } from "../support/tamper.ts";

let manager: Manager;

beforeAll(async () => {
  manager = await startManager();
});
afterAll(forgetEverything);

/** Where one of these is another, the token no longer matches any record, and nothing is told of why. */
const decidesTheMatch = ["id", "verifier", "mac_fingerprint"];

describe("a session's record that was changed in the database", () => {
  it("is refused whichever of its columns was changed", async () => {
    const columns = await columnsOf(sessionTable);
    expect(columns).toHaveLength(11);
    for (const column of columns) {
      const visit = await openSession(manager);
      await alter(sessionTable, visit.id, column);
      const answer = await visit.request("/v1/me");
      expectProblem(answer, 401, "invalid_credential", column);
      const reason = decidesTheMatch.includes(column) ? undefined : "tampered";
      expect([column, answer.body.reason]).toEqual([column, reason]);
    }
  });

  it("does not become somebody else's, nor longer, by any trade of what is in it", async () => {
    const auditor = await manager.createAdmin();
    const [mine, owners] = [await openSession(manager.as(auditor.key)), await openSession(manager)];
    const owner = (await manager.request("/v1/me")).body;
    const forgeries = [
      `admin_id = '${owner.id}'`,
      `admin_id = '${owner.id}', admin_lineage = '${owner.lineage}'`,
      ...["verifier", "envelope", "signature"].map(
        (column) => `${column} = (SELECT ${column} FROM sessions WHERE id = '${owners.id}')`,
      ),
      "created_at = created_at + 1",
      "seen_at = seen_at + 3600000",
    ];
    const columns = await columnsOf(sessionTable);
    const put = (row: Record<string, SqlStorageValue>) =>
      inObject("admin", (sql) => {
        for (const column of columns) sql.exec(`UPDATE sessions SET ${column} = ? WHERE id = ?`, row[column], mine.id);
      });
    const genuine = await inObject("admin", (sql) => sql.exec("SELECT * FROM sessions WHERE id = ?", mine.id).one());
    for (const assignment of forgeries) {
      await edit(sessionTable, mine.id, assignment);
      expect([assignment, await isAlive(mine)]).toEqual([assignment, false]);
      await put(genuine);
      expect([assignment, await isAlive(mine)]).toEqual([assignment, true]);
    }
    await inObject("admin", (sql) => {
      sql.exec("DELETE FROM sessions WHERE id = ?", mine.id);
      sql.exec("UPDATE sessions SET id = ? WHERE id = ?", mine.id, owners.id);
    });
    expect([await isAlive(mine), await isAlive(owners)]).toEqual([false, false]);
  });

  it.each([
    "seen_at = 9223372036854775807",
    "seen_at = -9223372036854775808",
    "created_at = 9223372036854775807, seen_at = 9223372036854775807",
    "admin_id = ''",
    "verifier = x''",
    "signature = x''",
    "mac_fingerprint = ''",
  ])("(%s) breaks nobody who reads it", async (assignment) => {
    const admin = manager.as((await manager.createAdmin()).key);
    const [forged, other] = [await openSession(admin), await openSession(admin)];
    expect(await edit(sessionTable, forged.id, assignment)).toBe(1);
    await evictAll();
    expect([await isAlive(forged), await isAlive(other)]).toEqual([false, true]);
    const third = await openSession(admin);
    advance(3600);
    await runAlarms();
    expect([await isAlive(forged), await isAlive(third)]).toEqual([false, false]);
    expect((await admin.request("/v1/sessions", { method: "DELETE" })).status).toBe(204);
    expect(await sessionIds()).not.toContain(forged.id);
  });
});
