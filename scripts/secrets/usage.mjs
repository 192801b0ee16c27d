export const usage = `npm run secrets -- COMMAND

  generate [NAME ...]      makes new secrets, both where none is named
  stage NAME ...           the file with a new secret in each ring, as its first fallback
  swap NAME ...            the file with primary and first fallback exchanged
  retire FINGERPRINT ...   the file without these fallbacks
  fingerprint              which secrets the file holds
  check                    whether a Worker takes the file; with --url, whether deploying it there now is safe

NAME is ENCRYPTION_KEY or HMAC_SECRET. The file is never changed: generate, stage, swap and retire make another one,
readable by you alone, and never over one that is there. No command prints a secret. What is refused or
not safe ends with exit code 1.

  --file FILE   the file to read, default .dev.vars: NAME="value" lines or a JSON object, as wrangler secret bulk takes them
  --out FILE    the file to make, default new-secrets.env, staged-secrets, swapped-secrets or retired-secrets with the
                ending of the form that was read. One that ends in .json holds a JSON object, any other one lines
  --document    stage: each ring as one value, {"primary":"...","fallbacks":["..."]}, which swap and retire then keep
  --url URL     check: asks GET /v1/system there, with the admin key in the environment variable LATCHKEY_ADMIN_KEY, whose
                role needs system:read
  --help        this

Relative paths start at the project's folder.`;
