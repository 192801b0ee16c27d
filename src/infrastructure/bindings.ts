import type { KeyManager } from "../core/use-cases.ts";
import type { SecretBindings } from "./secrets/load-secrets.ts";

/** The objects, typed as what they host: the platform's own types lose the link between a command and its answer. */
export interface KeyManagerObjects {
  getByName(name: string): KeyManager;
}

/** What wrangler.toml and the deployer give the Worker. */
export interface Bindings extends SecretBindings {
  readonly KEY_MANAGER: KeyManagerObjects;
  readonly SETUP_TOKEN?: string;
  readonly RECOVERY_TOKEN?: string;
  readonly SHARDS?: string;
  readonly CORS_ORIGINS?: string;
  readonly ROTATED_RETENTION_DAYS?: string;
  readonly USAGE_RETENTION_DAYS?: string;
  readonly AUDIT_RETENTION_DAYS?: string;
}
