// Test vectors of the storage, made from docs/storage.md alone: nothing here is shared with the product.
//
//   node scripts/vectors.mjs make           writes test/vectors/storage.json
//   node scripts/vectors.mjs check <file>   recomputes a document of that shape; prints "ok <count>" or the first difference

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { checkDocument } from "./vectors/document.mjs";
import { fixedDocument } from "./vectors/inputs.mjs";
import { checksumDigits } from "./vectors/storage.mjs";

const output = fileURLToPath(new URL("../test/vectors/storage.json", import.meta.url));

async function make() {
  const document = await fixedDocument();
  const count = await checkDocument(document);
  await mkdir(dirname(output), { recursive: true });
  await writeFile(output, `${JSON.stringify(document, null, 2)}\n`);
  console.log(`made ${count}`);
}

async function check(file) {
  try {
    const count = await checkDocument(JSON.parse(await readFile(file, "utf8")));
    console.log(`ok ${count}`);
  } catch (error) {
    console.log(error.message);
    process.exitCode = 1;
  }
}

assert.equal(checksumDigits(`acme_live_0V3bQk1AA00000000000_${"0".repeat(41)}`), "119T7V", "the published checksum");

const [command, file] = process.argv.slice(2);
if (command === "make" && file === undefined) await make();
else if (command === "check" && file !== undefined) await check(file);
else {
  console.error("usage: node scripts/vectors.mjs make | check <file>");
  process.exitCode = 2;
}
