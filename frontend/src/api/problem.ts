// What can go wrong with a call, as errors that screens can tell apart.

import { type Fields, isFields } from "../lib/json";
import type { FieldError } from "./generated";

/** The service answered that it did not do it (RFC 9457). */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  /** The last part of the problem's type: `version-mismatch`. */
  readonly kind: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string | undefined;
  readonly traceId: string | undefined;
  /** What is wrong with which field of the body. */
  readonly errors: readonly FieldError[];
  /** Where the record is, when it is not where the caller thought. */
  readonly currentVersion: number | undefined;
  /** When trying again makes sense, in ms of `Date.now()`. */
  readonly retryAt: number | undefined;

  constructor(status: number, document: Fields, retryAfter: string | null) {
    const title = text(document["title"]) ?? `HTTP ${status}`;
    super(title);
    this.status = status;
    this.title = title;
    this.kind = (text(document["type"]) ?? "").split(":").at(-1) || `http-${status}`;
    this.detail = text(document["detail"]);
    this.traceId = text(document["trace_id"]);
    this.errors = Array.isArray(document["errors"]) ? document["errors"].filter(isFieldError) : [];
    const version = document["current_version"];
    this.currentVersion = typeof version === "number" ? version : undefined;
    const seconds = Number(retryAfter);
    this.retryAt = retryAfter && Number.isFinite(seconds) ? Date.now() + seconds * 1000 : undefined;
  }
}

/** There was no answer: whether it was done is not known, and trying again with the same key is safe. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** There is no session, and it could not be renewed without asking the person. */
export class SessionEnded extends Error {
  override readonly name = "SessionEnded";
}

/** Whether the same call may well succeed in a moment. */
export function isPassing(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof ProblemError && [502, 503, 504].includes(error.status));
}

/** Whether it is unknown if the call did what it was to do. */
export function isUndecided(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof ProblemError && error.status >= 500);
}

/** Whether it is a problem of this kind. */
export function isProblem(error: unknown, kind: string): error is ProblemError {
  return error instanceof ProblemError && error.kind === kind;
}

function isFieldError(value: unknown): value is FieldError {
  return isFields(value) && typeof value["pointer"] === "string" && typeof value["detail"] === "string";
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
