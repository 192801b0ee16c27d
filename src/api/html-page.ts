const withoutAll = (text: string, special: RegExp): string =>
  text.replace(special, (character) => `&#${character.charCodeAt(0)};`);

/** As text or as an attribute between double quotes. */
export const escaped = (text: string): string => withoutAll(text, /[&<>"']/g);

/** As text alone: quotes may stay what they are. */
export const escapedText = (text: string): string => withoutAll(text, /[&<>]/g);

interface Page {
  readonly title: string;
  readonly style: string;
  readonly script?: string;
  /** HTML: whatever it repeats of a request or of a setting is escaped. */
  readonly body: string;
}

export interface RenderedPage {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

const sourceOf = async (text: string): Promise<string> => {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
};

/** A page that loads nothing, and runs nothing but the style and the script it came with: they are known by their hash. */
export const renderPage = async ({ title, style, script, body }: Page): Promise<RenderedPage> => {
  const policy = [
    "default-src 'none'",
    `style-src ${await sourceOf(style)}`,
    ...(script === undefined ? [] : [`script-src ${await sourceOf(script)}`]),
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ];
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
${script === undefined ? "" : `<script>${script}</script>\n`}</body>
</html>
`;
  const headers = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": policy.join("; "),
    "Referrer-Policy": "no-referrer",
  };
  return { html, headers };
};
