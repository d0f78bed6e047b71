/** A call that came to nothing; the message is for people. */
export class YeslineError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No address or no key was given, or one that cannot be. */
export class SetupError extends YeslineError {}

/** A webhook that its secret did not sign, or not in the last minutes: do not read its body. */
export class NotGenuine extends YeslineError {}

/** There was no answer. What was asked may have been done: the same call with the same `idempotencyKey` is not done twice. */
export class Unreachable extends YeslineError {}

/**
 * The server refused, and did nothing. `code` is for programs and stable, `message` for people; `field` names the member that is wrong;
 * `retryAfter` is in seconds.
 */
export class Refused extends YeslineError {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field?: string,
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/** 400, 422 and other 4xx: what was sent is not what the call takes; `field` may say where. */
export class Invalid extends Refused {}

/** 401, 403: the key is not known, or does not have the scope. */
export class NotAllowed extends Refused {}

/** 404: there is nothing of that id. */
export class NotFound extends Refused {}

/** 409: not as things stand, such as a number that said STOP. */
export class Conflict extends Refused {}

/** 429: too often, again after `retryAfter`. */
export class TooMany extends Refused {}

/** 5xx, and answers that are none of Yesline's. What was asked may have been done. */
export class Fault extends Refused {}

const BY_STATUS: Record<number, typeof Refused> = { 401: NotAllowed, 403: NotAllowed, 404: NotFound, 409: Conflict, 429: TooMany };

/** The error that an answer tells by its status and its text. */
export function refused(response: Response, text: string): Refused {
  const told = parse(text);
  const after = response.headers.get("retry-after") ?? "";
  const other = response.status >= 400 && response.status < 500 ? Invalid : Fault;
  return new (BY_STATUS[response.status] ?? other)(
    response.status,
    told?.code ?? "unexpected",
    told?.message ?? "This is no answer of Yesline's: is the address right?",
    told?.field,
    /^\d+$/.test(after) ? Number(after) : undefined,
  );
}

function parse(text: string): { code?: string; message?: string; field?: string } | undefined {
  try {
    return JSON.parse(text)?.error;
  } catch {
    return undefined;
  }
}
