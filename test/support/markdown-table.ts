const cellsOf = (line: string): string[] =>
  line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());

/** The rows of the table whose first column has this title, each by the titles of its columns. */
export const tableOf = (page: string, firstTitle: string): Readonly<Record<string, string>>[] => {
  const lines = page.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${firstTitle} |`));
  const table = start < 0 ? [] : lines.slice(start);
  const end = table.findIndex((line) => !line.startsWith("|"));
  const [titles = "", , ...rows] = end < 0 ? table : table.slice(0, end);
  return rows.map((row) => Object.fromEntries(cellsOf(titles).map((title, at) => [title, cellsOf(row)[at] ?? ""])));
};
