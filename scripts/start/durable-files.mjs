import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Puts the whole text there or leaves what was there, also through a power cut. Only the owner may read it.
 * @param {string} path
 * @param {string} text
 */
export function replaceFile(path, text) {
  const draft = writeDraft(path, text);
  try {
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

/**
 * As replaceFile, but never over a file that is already there: answers whether it was made.
 * @param {string} path
 * @param {string} text
 */
export function createFile(path, text) {
  const draft = writeDraft(path, text);
  try {
    linkSync(draft, path);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft);
  }
  syncFolder(dirname(path));
  return true;
}

/**
 * @param {string} path
 * @param {string} text
 */
function writeDraft(path, text) {
  const draft = `${path}.${process.pid}.tmp`;
  rmSync(draft, { force: true });
  const file = openSync(draft, "wx", 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return draft;
}

/** @param {string} path */
function syncFolder(path) {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
