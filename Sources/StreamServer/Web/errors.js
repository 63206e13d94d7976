// What a server refuses, and what it answers that no Playhead server would.

/** The longest wait that a server may ask for, in milliseconds. */
const longestWaitMs = 60000;

/**
 * A refusal. `status` is that of the answer, and `code` the server's stable code or one of the client's own:
 *
 * - `not_an_event_stream`: the answer to a request for a stream is something else, a proxy's page say.
 * - `not_json`: an answer, or a frame, is no JSON.
 * - `line_too_long`: a line of a stream has no end.
 * - `log_changed`: the server has another log now, so a position in the old one says nothing.
 * - `unknown`: the server named none.
 */
export class PlayheadError extends Error {
  /**
   * @param {number} status
   * @param {{code?: string, message?: string, hint?: string, retryAfterMs?: number}} [error]
   */
  constructor(status, error = {}) {
    super(error.message ?? `the server answered ${status}`);
    const { code = "unknown", hint, retryAfterMs } = error;
    Object.assign(this, { name: "PlayheadError", status, code, hint, retryAfterMs });
  }

  /** True where the same request may succeed later; `retryAfterMs` says when, if the server did. */
  get isTemporary() {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }

  /** What an answer that is not in the 200s says. @param {Response} response */
  static async of(response) {
    const body = await response.json().catch(() => undefined);
    return new PlayheadError(response.status, { ...body?.error, retryAfterMs: retryAfterOf(response) });
  }
}

/** The position that a stream is to go on from is one of another log. */
export const logChanged = (status = 200) => new PlayheadError(status, {
  code: "log_changed",
  message: "the server has another log now",
  hint: "read the session from its beginning",
});

/** What `Retry-After` asks for, in seconds or as a date (RFC 9110, section 10.2.3). */
function retryAfterOf({ headers }) {
  const text = headers.get("retry-after")?.trim();
  if (!text) return undefined;
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.min(longestWaitMs, Math.max(0, wait));
}

/** The JSON of an answer; anything else in its place is an error and not an empty object. */
export async function jsonOf(response) {
  if (!response.ok) throw await PlayheadError.of(response);
  if (response.status === 204) return undefined;
  const text = await response.text();
  return parsed(text, response.status);
}

/** The value of a JSON text. */
export function parsed(text, status = 200) {
  try {
    return JSON.parse(text);
  } catch {
    throw new PlayheadError(status, {
      code: "not_json",
      message: "the server answered with something that is no JSON",
      hint: "is the address that of a Playhead server?",
    });
  }
}
