import { beforeAll, describe, expect, it } from "vitest";
import { type CreatedKey, type Manager, startManager } from "../support/manager.ts";
import {
  bodiesAbout,
  builtIn,
  type Column,
  columns,
  gatewayRow,
  isUnsafe,
  permissionRows,
  type Row,
  routeRows,
  rows,
  sessionCell,
  takesSession,
} from "../support/permission-rows.ts";
import { type AnyAnswer, expectProblem } from "../support/problems.ts";
import {
  everyRoute,
  freshSubject,
  makeResources,
  type Resources,
  type SendOptions,
  send,
} from "../support/route-examples.ts";
import { openSession, ownPage } from "../support/session.ts";

interface Person {
  readonly key: string;
  readonly cookie: string;
}

let manager: Manager;
let people: Readonly<Record<Column, Person>>;
let inside: CreatedKey;
let outside: CreatedKey;
/** For requests that are refused: nothing becomes of what they are about. */
let resources: Resources;

const hire = async (column: Column): Promise<Person> => {
  const { key } = await manager.createAdmin({ roles: [column] });
  const { cookie } = await openSession(manager.as(key));
  return { key, cookie };
};

beforeAll(async () => {
  manager = await startManager();
  const keyPermissions = ["create", "read", "update", "rotate", "revoke", "delete", "reveal", "validate"];
  await manager.saveRole("within", {
    permissions: [...keyPermissions.map((name) => `keys:${name}`), "events:read"],
    constraint: { owners: ["acct_1"] },
  });
  const hired = await Promise.all(columns.map(async (column) => [column, await hire(column)]));
  people = Object.fromEntries(hired);
  resources = await makeResources(manager);
  inside = resources.key;
  outside = await manager.createKey({ owner: "acct_2" });
});

const bodyAbout = ({ label }: Row, key: CreatedKey): SendOptions => {
  const json = bodiesAbout[label]?.(key);
  return json ? { json } : {};
};

/** The request in order, about something that is nobody else's. */
const act = async (row: Row, key: CreatedKey, options: SendOptions): Promise<AnyAnswer> => {
  const subject = await freshSubject(manager, row.route, { owner: key.owner });
  return send(manager, row.route, subject, { ...bodyAbout(row, key), ...options });
};

/** The same of somebody who is going to be refused. */
const tryTo = (row: Row, options: SendOptions): Promise<AnyAnswer> => {
  const hasBody = "body" in options || "json" in options;
  return send(manager, row.route, resources, { ...(hasBody ? {} : bodyAbout(row, inside)), ...options });
};

const actOrTry = (row: Row, cell: string, options: SendOptions): Promise<AnyAnswer> =>
  cell.startsWith("4") ? tryTo(row, options) : act(row, inside, options);

/** Whoever is changed by the request is somebody else at every request. */
const personFor = ({ route }: Row, column: Column): Promise<Person> =>
  route.changesCaller ? hire(column) : Promise.resolve(people[column]);

const withCookie = ({ cookie }: Person, headers: Readonly<Record<string, string>> = ownPage): SendOptions => ({
  key: null,
  headers: { "Content-Type": "application/json", Cookie: cookie, ...headers },
});

/** What is behind a number in the table. */
const expectCell = (answer: AnyAnswer, cell: string, needs: string, code = "forbidden"): void => {
  const status = Number.parseInt(cell, 10);
  expect([answer.status, answer.body.code]).toEqual([status, status < 400 ? answer.body.code : expect.anything()]);
  if (status !== 403) return;
  expectProblem(answer, 403, code);
  if (code !== "forbidden") return;
  expect(needs.match(/[a-z]+:[a-z]+/g)).toContain(answer.body.permission);
};

/** Whether the answer to a request about a key gives away that there is one. */
const shows = ({ body }: AnyAnswer, { id }: CreatedKey): boolean => {
  if (body.items) return body.items.some((item: { readonly id: string }) => item.id === id);
  if (body.results) return body.results[0].code !== "key_not_found";
  if (body.active !== undefined) return body.active;
  return body.code !== "unknown";
};

describe("the page about permissions", () => {
  it("has a row for every route, and a route for every row", () => {
    expect(rows.filter((row) => !row.route && row !== gatewayRow).map(({ label }) => label)).toEqual([]);
    const described = new Set(routeRows.map(({ route }) => route.name));
    expect([...described].toSorted()).toEqual(everyRoute.map(({ name }) => name).toSorted());
    expect(new Set(rows.map(({ label }) => label)).size).toBe(rows.length);
  });

  it.each(builtIn)("lists the permissions of %s, yes or no", async (role) => {
    const { body } = await manager.request(`/v1/roles/${role}`);
    const held = permissionRows.filter(({ cells }) => cells[role] === "yes").map(({ name }) => name);
    expect(held.toSorted()).toEqual(body.permissions.toSorted());
    expect(permissionRows.filter(({ cells }) => !["yes", "no"].includes(cells[role] ?? ""))).toEqual([]);
  });

  it("lists every permission there is", async () => {
    const { body } = await manager.request("/v1/roles/owner");
    expect(permissionRows.map(({ name }) => name)).toEqual(body.permissions);
  });
});

describe.each(routeRows)("$label", (row) => {
  const { cells, needs } = row;

  it("is answered as the page says without a key, and with a wrong one", async () => {
    const cell = cells["no key"] ?? "";
    for (const [key, code] of [
      [null, "missing_credential"],
      ["wrong", "invalid_credential"],
    ] as const) {
      const answer = await tryTo(row, { key });
      expect(answer.status).toBe(Number(cell));
      if (cell === "401") expectProblem(answer, 401, code);
    }
  });

  it.each(columns)("is answered as the page says to a key of %s", async (column) => {
    const cell = cells[column] ?? "";
    const answer = await actOrTry(row, cell, { key: (await personFor(row, column)).key });
    expectCell(answer, cell, needs);
    if (answer.status < 300 && bodiesAbout[row.label]) expect(shows(answer, inside)).toBe(true);
  });

  it.each(columns)("is answered as the page says to a session of %s", async (column) => {
    const cell = sessionCell(row, column);
    expectCell(await actOrTry(row, cell, withCookie(await personFor(row, column))), cell, needs);
  });
});

describe.each(routeRows.filter(({ cells }) => cells.outside !== "-"))("$label, outside of the constraint", (row) => {
  it("is answered as the page says", async () => {
    const answer = await act(row, outside, { key: people.within.key });
    expectCell(answer, row.cells.outside ?? "", row.needs, "exceeds_grantor");
    if (answer.status === 404) expectProblem(answer, 404, "key_not_found");
    if (answer.status < 300) {
      expect(row.cells.outside).toMatch(/, hidden$/);
      expect(shows(answer, outside)).toBe(false);
    }
  });
});

describe("GET /v1/forward-auth", () => {
  const cells = gatewayRow?.cells ?? {};
  const ask = (gateway: string | null, key: CreatedKey, headers: Readonly<Record<string, string>> = {}) =>
    manager.request("/v1/forward-auth", {
      key: key.key,
      headers: { ...(gateway === null ? {} : { "X-Latchkey-Gateway": gateway }), ...headers },
    });
  const expectAnswer = ({ status, headers }: AnyAnswer, cell: string | undefined): void => {
    const authCode = { 200: null, 401: "unknown", 503: "gateway_misconfigured" }[status];
    expect([String(status), headers.get("X-Auth-Code")]).toEqual([cell?.slice(0, 3), authCode]);
  };

  it("is answered as the page says without a gateway's key, and with a wrong one", async () => {
    for (const gateway of [null, "wrong"]) expectAnswer(await ask(gateway, inside), cells["no key"]);
  });

  it.each(columns)("is answered as the page says to a gateway with a key of %s", async (column) => {
    expectAnswer(await ask(people[column].key, await manager.createKey()), cells[column]);
  });

  it("is answered as the page says about a key outside of the gateway's constraint", async () => {
    expectAnswer(await ask(people.within.key, outside), cells.outside);
  });

  it.each(columns)("is answered as the page says to a session of %s", async (column) => {
    expectAnswer(await ask(null, inside, { Cookie: people[column].cookie, ...ownPage }), cells.session);
  });
});

const foreignPages: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "that says nothing of itself": {},
  "that does not say which it is": { "Sec-Fetch-Site": "same-origin" },
  "of another origin": { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" },
  "of another origin that claims to be ours": { Origin: "https://evil.example", "Sec-Fetch-Site": "same-origin" },
  "of a sibling of our origin": { Origin: "http://a.latchkey.test", "Sec-Fetch-Site": "same-site" },
  "of an old browser": { Origin: ownPage.Origin },
  "of our host at another port": { Origin: "http://latchkey.test:8080", "Sec-Fetch-Site": "same-origin" },
  "without an origin of its own": { Origin: "null", "Sec-Fetch-Site": "same-origin" },
};

describe.each(routeRows.filter((row) => isUnsafe(row) && takesSession(row)))("$label, by a session", (row) => {
  it("is refused to a page that is not our own, before anything else is looked at", async () => {
    const owner = await personFor(row, "owner");
    for (const [label, headers] of Object.entries(foreignPages)) {
      expectProblem(await tryTo(row, withCookie(owner, headers)), 403, "csrf", label);
    }
    expectProblem(await tryTo(row, withCookie(people.validator, {})), 403, "csrf");
    expectProblem(await tryTo(row, { ...withCookie(owner, {}), body: "{" }), 403, "csrf");
  });
});

describe.each(routeRows.filter(({ cells }) => cells.session === "same"))("$label, by a key and a cookie", (row) => {
  it("is answered as to the key alone, whatever page it comes from", async () => {
    const headers = { Cookie: people.owner.cookie, Origin: "https://evil.example", "Content-Type": "application/json" };
    const cell = row.cells.validator ?? "";
    const { key } = await personFor(row, "validator");
    expectCell(await actOrTry(row, cell, { key, headers }), cell, row.needs);
    expect((await tryTo(row, { key: "wrong", headers })).status).toBe(Number(row.cells["no key"]));
  });
});

interface Wrong {
  readonly label: string;
  readonly status: number;
  readonly code: string;
  readonly inBody: boolean;
  readonly optionsFor: (row: Row) => SendOptions;
}

const asJson = { "Content-Type": "application/json" };
const asForm = { "Content-Type": "application/x-www-form-urlencoded" };

/** Requests that are wrong in one way, and what whoever may send them is told. */
const wrongs: readonly Wrong[] = [
  {
    ...{ label: "a query parameter that is not known", status: 400, code: "invalid_request", inBody: false },
    optionsFor: () => ({ search: "?unexpected=1" }),
  },
  {
    ...{ label: "a body that is a form", status: 415, code: "unsupported_media_type", inBody: true },
    optionsFor: () => ({ body: "a=b", headers: asForm }),
  },
  {
    ...{ label: "a body that is too large", status: 413, code: "payload_too_large", inBody: true },
    optionsFor: ({ route }) => ({ body: " ".repeat(route.bodyBytesMax + 1), headers: asJson }),
  },
  {
    ...{ label: "a member that is not known", status: 400, code: "invalid_request", inBody: true },
    optionsFor: () => ({ json: { unexpected: 1 } }),
  },
];

describe.each(wrongs)("$label", ({ status, code, inBody, optionsFor }) => {
  const tryWrongly = (row: Row, { headers, ...credential }: SendOptions): Promise<AnyAnswer> => {
    const wrong = optionsFor(row);
    return tryTo(row, { ...credential, ...wrong, headers: { ...headers, ...wrong.headers } });
  };
  const concerned = routeRows.filter((row) => !inBody || (isUnsafe(row) && !row.route.takesForm));

  it.each(concerned.filter(takesSession))("is refused by $label, to a session as to a key", async (row) => {
    expectProblem(await tryWrongly(row, withCookie(people.owner)), status, code);
    if (row.cells.session === "same") expectProblem(await tryWrongly(row, { key: people.owner.key }), status, code);
  });

  it.each(concerned.filter(({ cells }) => columns.some((column) => cells[column] === "403")))(
    "is not looked at by $label for whoever may not do that at all",
    async (row) => {
      const refused = columns.findLast((column) => row.cells[column] === "403") ?? "owner";
      expectCell(await tryWrongly(row, { key: people[refused].key }), "403", row.needs);
    },
  );
});

describe.each([...Map.groupBy(routeRows, ({ route }) => route.path)])("another method at %s", (_path, [row]) => {
  it("is refused whoever asks", async () => {
    if (!row) throw new Error("a path has a row");
    for (const credential of [{ key: null }, { key: people.owner.key }, withCookie(people.owner, {})]) {
      const answer = await tryTo(row, { method: "PROPFIND", ...credential });
      expectProblem(answer, 405, "method_not_allowed");
    }
  });
});
