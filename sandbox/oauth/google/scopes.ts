const PREFIX = 'https://www.googleapis.com/auth/';

/** Short names that the token answer spells out. */
const spelledOut: Record<string, string> = {
  email: `${PREFIX}userinfo.email`,
  profile: `${PREFIX}userinfo.profile`,
};

/** What the consent page says of each scope. Source: Calendar API discovery document, `auth` */
const texts: Record<string, string> = {
  openid: 'Know who you are at Google',
  [`${PREFIX}userinfo.email`]: 'See your e-mail address',
  [`${PREFIX}userinfo.profile`]: 'See your name and picture',
  [`${PREFIX}calendar`]: 'See, edit, share and delete all your calendars',
  [`${PREFIX}calendar.readonly`]: 'See all your calendars and download them',
  [`${PREFIX}calendar.events`]: 'View and edit events on all your calendars',
  [`${PREFIX}calendar.events.readonly`]: 'View events on all your calendars',
  [`${PREFIX}calendar.events.owned`]: 'View and edit events on the calendars you own',
  [`${PREFIX}calendar.events.owned.readonly`]: 'View events on the calendars you own',
  [`${PREFIX}calendar.events.freebusy`]: 'See when you are busy on calendars you can see',
  [`${PREFIX}calendar.events.public.readonly`]: 'See events on public calendars',
  [`${PREFIX}calendar.freebusy`]: 'See when you are busy',
  [`${PREFIX}calendar.settings.readonly`]: 'See your calendar settings',
  [`${PREFIX}calendar.calendarlist`]: 'Choose which calendars are in your list',
  [`${PREFIX}calendar.calendarlist.readonly`]: 'See the list of your calendars',
  [`${PREFIX}calendar.calendars`]: 'Make calendars and change their properties',
  [`${PREFIX}calendar.calendars.readonly`]: 'See the title and zone of your calendars',
  [`${PREFIX}calendar.app.created`]: 'Make secondary calendars and manage their events',
  [`${PREFIX}calendar.acls`]: 'See and change who may see your calendars',
  [`${PREFIX}calendar.acls.readonly`]: 'See who may see your calendars',
};

/** All that the tests and the person's pages need. */
export const GOOGLE_EVERYTHING = ['openid', `${PREFIX}userinfo.email`, `${PREFIX}calendar`];

export const spellOut = (scope: string) => spelledOut[scope] ?? scope;

export const isKnownScope = (scope: string) => Object.hasOwn(texts, spellOut(scope));

/** Identity scopes are granted with the sign-in and have no tick-box. */
export const isSignInScope = (scope: string) =>
  scope === 'openid' || spellOut(scope).startsWith(`${PREFIX}userinfo.`);

/** The sentence for a scope with its short name, so that two similar ones can be told apart. */
export function describeScope(scope: string): string {
  const full = spellOut(scope);
  return isSignInScope(full)
    ? (texts[full] ?? full)
    : `${texts[full] ?? full} (${full.replace(PREFIX, '')})`;
}
