/** What a stopped manager has on disk. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { ProjectCopy } from "./project-copy.ts";

export type Row = Record<string, unknown>;

const filesOf = (project: ProjectCopy): string[] =>
  readdirSync(project.state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** In the database of each object. */
export const inEveryObject = <Result>(project: ProjectCopy, look: (database: DatabaseSync) => Result): Result[] =>
  filesOf(project)
    .filter((path) => path.endsWith(".sqlite"))
    .flatMap((path) => {
      const database = new DatabaseSync(path);
      try {
        const isObject = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'events'").get() !== undefined;
        return isObject ? [look(database)] : [];
      } finally {
        database.close();
      }
    });

/** Of all objects together. */
export const storedRows = (project: ProjectCopy, query: string): Row[] =>
  inEveryObject(project, (database) => database.prepare(query).all()).flat();

export const storedTexts = (project: ProjectCopy): { path: string; text: string }[] =>
  filesOf(project).map((path) => ({ path, text: readFileSync(path, "latin1") }));
