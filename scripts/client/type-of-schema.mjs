/** JSON Schema, as far as the document of the API uses it, in words of TypeScript. */

/** @typedef {Record<string, any>} Schema */

/** @param {string | undefined} text */
const comment = (text) => (text ? `/** ${text.replaceAll("*/", "* /")} */\n` : "");

/** @param {unknown} value */
const literal = (value) => JSON.stringify(value);

/** @type {Readonly<Record<string, string>>} */
const plain = { string: "string", integer: "number", number: "number", boolean: "boolean", null: "null" };

/**
 * @param {Schema} schema
 * @param {boolean} isOpen answers may grow: their enumerations have room for words that are not known yet
 * @returns {string}
 */
function typeOf(schema, isOpen) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.allOf) return schema.allOf.map((/** @type {Schema} */ part) => typeOf(part, isOpen)).join(" & ");
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives) return alternatives.map((/** @type {Schema} */ part) => typeOf(part, isOpen)).join(" | ");
  if ("const" in schema) return literal(schema.const);
  if (schema.enum) return [...schema.enum.map(literal), ...(isOpen ? ["(string & {})"] : [])].join(" | ");
  if (Array.isArray(schema.type)) return schema.type.map((/** @type {string} */ type) => plain[type]).join(" | ");
  if (schema.type === "array") return `readonly (${typeOf(schema.items, isOpen)})[]`;
  if (schema.type === "object") return objectType(schema, isOpen);
  const simple = plain[schema.type];
  if (schema.type !== undefined && simple === undefined) throw new Error(`no type for ${JSON.stringify(schema)}`);
  return simple ?? "unknown";
}

/**
 * @param {Schema} schema
 * @param {boolean} isOpen
 */
function objectType({ properties = {}, required = [], additionalProperties }, isOpen) {
  const members = Object.entries(properties);
  const others = typeof additionalProperties === "object" ? typeOf(additionalProperties, isOpen) : "unknown";
  if (members.length === 0) return `Readonly<Record<string, ${others}>>`;
  return `{\n${members.map(([name, schema]) => member(name, schema, required.includes(name), isOpen)).join("\n")}}`;
}

/**
 * An absent member may also be written as undefined, which JSON leaves out.
 * @param {string} name
 * @param {Schema} schema
 * @param {boolean} isRequired
 * @param {boolean} isOpen
 */
function member(name, schema, isRequired, isOpen) {
  const type = typeOf(schema, isOpen);
  return `${comment(schema.description)}readonly ${name}${isRequired ? "" : "?"}: ${type}${isRequired ? "" : " | undefined"};`;
}

/**
 * @param {string} name
 * @param {Schema} schema
 * @param {boolean} isOpen
 */
export function declarationOf(name, schema, isOpen) {
  const type = typeOf(schema, isOpen);
  const isInterface = type.startsWith("{");
  return `${comment(schema.description)}export ${isInterface ? `interface ${name} ${type}` : `type ${name} = ${type};`}\n`;
}
