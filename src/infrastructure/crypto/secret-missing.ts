/** A record is protected by a secret this deployment once had and no longer holds: an outage, not a forgery. */
export class SecretMissing extends Error {
  readonly fingerprint: string;
  /** Where it is to be put back. */
  readonly setting: string;

  constructor(fingerprint: string, ring: "ENCRYPTION_KEY" | "HMAC_SECRET") {
    const setting = `${ring}_FALLBACK`;
    super(
      `a record is protected by the secret with the fingerprint ${fingerprint}, which is not configured: put it back into ${setting}`,
    );
    this.name = "SecretMissing";
    this.fingerprint = fingerprint;
    this.setting = setting;
  }
}
