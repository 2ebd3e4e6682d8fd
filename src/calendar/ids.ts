declare const brand: unique symbol;

/** A string that the compiler keeps apart from other strings. Born by `as` where a row or a request is parsed. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };

/** All ids of ours are UUIDs in lower case. */
export type TenantId = Branded<'TenantId'>;
export type UserId = Branded<'UserId'>;
export type LeadId = Branded<'LeadId'>;
export type ConnectionId = Branded<'ConnectionId'>;
export type CalendarId = Branded<'CalendarId'>;
export type ChannelId = Branded<'ChannelId'>;
export type EventId = Branded<'EventId'>;
export type LinkId = Branded<'LinkId'>;
