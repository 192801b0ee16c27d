import { escapedText } from "../html-page.ts";
import type { Operation } from "./operation.ts";

/** Where the manager is: the script of the page puts its own origin here. */
const origin = '<span class="origin">$LATCHKEY</span>';

const inSingleQuotes = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const credentialOf = ({ security }: Operation): string[] => {
  if (security.length === 0) return [];
  const named = (name: string): boolean => security.some((scheme) => name in scheme);
  const variable = named("setupToken") ? "$SETUP_TOKEN" : named("recoveryToken") ? "$RECOVERY_TOKEN" : "$ADMIN_KEY";
  if (named("gatewayKey")) return ['-H "X-Latchkey-Gateway: $GATEWAY_KEY"', '-H "Authorization: Bearer $KEY"'];
  return [`-H "Authorization: Bearer ${variable}"`];
};

const bodyOf = ({ requestBody }: Operation): string[] => {
  const [[type, media] = []] = Object.entries(requestBody?.content ?? {});
  const [example] = Object.values(media?.examples ?? {});
  if (!type || !example) return [];
  if (type === "application/x-www-form-urlencoded") {
    const fields = Object.entries(example.value as Readonly<Record<string, string>>);
    return fields.map(([name, value]) => `--data-urlencode ${inSingleQuotes(`${name}=${value}`)}`);
  }
  return [`-H "Content-Type: ${type}"`, `-d ${inSingleQuotes(JSON.stringify(example.value))}`];
};

/** A line for the shell, as HTML. */
export const curlOf = (operation: Operation): string => {
  const { method, path } = operation;
  const options = [...credentialOf(operation), ...bodyOf(operation)].map((option) => ` \\\n  ${escapedText(option)}`);
  const verb = method === "GET" ? "" : `-X ${method} `;
  const filled = path.replace(/\{(\w+)\}/g, (_place, name: string) => `$${name.toUpperCase()}`);
  return `curl ${verb}"${origin}${escapedText(filled)}"${options.join("")}`;
};
