import { escapedText } from "../html-page.ts";

/** The little Markdown that our own texts use: `code` within a line. */
export const inline = (text: string): string => escapedText(text).replace(/`([^`]+)`/g, "<code>$1</code>");

const listOf = (block: string): string =>
  `<ul>${block
    .split(/^- /m)
    .slice(1)
    .map((item) => `<li>${inline(item.trim())}</li>`)
    .join("")}</ul>`;

/** Paragraphs and lists, divided by empty lines. */
export const blocks = (text: string): string =>
  text
    .split("\n\n")
    .map((block) => (block.startsWith("- ") ? listOf(block) : `<p>${inline(block)}</p>`))
    .join("");
