import { toTimestamp } from "../api-key/key-view.ts";

export const sessionPrefix = "lk_session";

/** Somebody's visit to the dashboard, opened with an admin key and carried by a cookie. */
export interface Session {
  readonly id: string;
  /** Dead when this admin's key is. */
  readonly adminId: string;
  readonly adminLineage: string;
  readonly createdAt: number;
  readonly seenAt: number;
}

export interface StoredSession {
  readonly session: Session;
  readonly tampered: boolean;
}

export const idleSecondsMax = 1800;
export const sessionSecondsMax = 43_200;
/** More at a time, of one person, and the oldest ends. */
export const sessionsMax = 50;

export const endsAt = ({ createdAt, seenAt }: Session): number =>
  Math.min(createdAt + sessionSecondsMax * 1000, seenAt + idleSecondsMax * 1000);

export interface SessionView {
  readonly id: string;
  readonly createdAt: string;
  /** If nobody acts until then. */
  readonly idleEndsAt: string;
  readonly endsAt: string;
}

export const viewOfSession = (session: Session): SessionView => ({
  id: session.id,
  createdAt: toTimestamp(session.createdAt),
  idleEndsAt: toTimestamp(endsAt(session)),
  endsAt: toTimestamp(session.createdAt + sessionSecondsMax * 1000),
});
