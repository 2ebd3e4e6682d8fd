import type { EventFields, MergeUnit, ShowAs, TimeZone, Visibility } from '../calendar/event.ts';
import type { LinkId } from '../calendar/ids.ts';

/** As in the database and the API; in addresses it is written in lower case. */
export type ProviderName = 'GOOGLE' | 'OUTLOOK';

/** An access token as the provider gave it. A secret: never logged, never in an error. */
export type AccessToken = string;

/** What differs between providers, declared; nothing above this folder asks for a name. */
export interface Capabilities {
  /** Whether a grant can be revoked by us, or only by the user at the provider. */
  canRevoke: boolean;
  /** What a copy can hold. A value that is not in the list is written as the nearest that is. */
  showAs: readonly ShowAs[];
  visibilities: readonly Visibility[];
}

export interface AuthorizeRequest {
  redirectUri: string;
  state: string;
  nonce: string;
  /** S256 challenge, base64url. */
  codeChallenge: string;
  /** Address of the account expected back, on reconnect. */
  loginHint: string | null;
  /** Ask for consent again: on reconnect, when a new refresh token is needed. */
  forceConsent: boolean;
}

export interface CodeExchange {
  code: string;
  redirectUri: string;
  codeVerifier: string;
  nonce: string;
}

export interface Tokens {
  accessToken: AccessToken;
  /** Null when the provider sent none: keep the one we have. */
  refreshToken: string | null;
  /** Seconds from now, as the provider said. */
  expiresInSeconds: number;
}

/** What a finished consent gives. */
export interface NewGrant extends Tokens {
  account: {
    /** Google's `sub`; Microsoft's `tid` and `oid`, joined by a dot. Never an address. */
    id: string;
    email: string;
  };
  grantedScopes: string[];
  /** Needed scopes that the user did not grant, in plain words for people; empty when all is well. */
  missingPermissions: string[];
}

export interface RemoteCalendar {
  externalId: string;
  name: string;
  timeZone: TimeZone | null;
  isPrimary: boolean;
  canWrite: boolean;
}

/** An event as it was read at the provider, in our words. */
export interface RemoteEvent {
  externalId: string;
  etag: string;
  iCalUid: string | null;
  /** The link it was made for, read from where `createEvent` put it. */
  linkId: LinkId | null;
  fields: EventFields;
  /** What could not be read exactly (an unknown zone, say), in plain words. */
  warnings: string[];
}

export interface CalendarCall {
  accessToken: AccessToken;
  /** The provider's id of the calendar. */
  calendarId: string;
}

/**
 * One provider. Every method throws `ProviderError` and nothing else, but for programming errors.
 * No method retries: that is the caller's.
 */
export interface Provider {
  readonly name: ProviderName;
  readonly capabilities: Capabilities;

  buildAuthorizeUrl(request: AuthorizeRequest): URL;
  /** Exchanges the code and checks the ID token (signature, issuer, audience, nonce, expiry). */
  exchangeCode(request: CodeExchange): Promise<NewGrant>;
  refreshTokens(refreshToken: string): Promise<Tokens>;
  /** Does nothing where `capabilities.canRevoke` is false. A grant already dead is success. */
  revokeGrant(refreshToken: string): Promise<void>;

  listCalendars(accessToken: AccessToken): Promise<RemoteCalendar[]>;

  /**
   * Creates the event once for `linkId`, however often it is called: a repetition throws
   * `already-exists` or returns the first one's event. Mails nobody.
   */
  createEvent(call: CalendarCall, linkId: LinkId, fields: EventFields): Promise<RemoteEvent>;
  /** The event, or undefined when it is gone (404, 410, or a tombstone). */
  findEvent(call: CalendarCall, externalId: string): Promise<RemoteEvent | undefined>;
  /** Looks for what `createEvent` made for this link when its answer was lost. */
  findEventOfLink(call: CalendarCall, linkId: LinkId): Promise<RemoteEvent | undefined>;
  /**
   * Writes the named units and leaves everything else as it is. Throws `changed-meanwhile` when
   * the event is not at `etag` any more, `gone` when it does not exist.
   */
  updateEvent(
    call: CalendarCall,
    externalId: string,
    etag: string,
    changes: Partial<Pick<EventFields, MergeUnit>>,
  ): Promise<RemoteEvent>;
  /** Throws `changed-meanwhile` like `updateEvent`; an event already gone is success. */
  deleteEvent(call: CalendarCall, externalId: string, etag: string): Promise<void>;
}
