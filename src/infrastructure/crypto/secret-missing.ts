/** A record is protected by a secret this deployment once had and no longer holds: an outage, not a forgery. */
export class SecretMissing extends Error {
  readonly fingerprint: string;

  constructor(fingerprint: string) {
    super(`a record is protected by the secret with the fingerprint ${fingerprint}, which is not configured`);
    this.name = "SecretMissing";
    this.fingerprint = fingerprint;
  }
}
