const GRAPH = 'https://graph.microsoft.com/';
const OIDC_SCOPES = ['openid', 'profile', 'email', 'offline_access'];

/** Delegated permissions of Graph that the sandbox knows, and what the consent page says. */
const texts: Record<string, string> = {
  'Calendars.Read': 'Read your calendars',
  'Calendars.Read.Shared': 'Read calendars you can access',
  'Calendars.ReadBasic': 'Read basic details of your calendars',
  'Calendars.ReadWrite': 'Have full access to your calendars',
  'Calendars.ReadWrite.Shared': 'Read and write calendars you can access',
  'Contacts.Read': 'Read your contacts',
  'Contacts.ReadWrite': 'Have full access of your contacts',
  'Mail.Read': 'Read your mail',
  'Mail.ReadWrite': 'Read and write access to your mail',
  'Mail.Send': 'Send mail as you',
  'MailboxSettings.Read': 'Read your mailbox settings',
  'MailboxSettings.ReadWrite': 'Read and write your mailbox settings',
  'OnlineMeetings.Read': 'Read your online meetings',
  'OnlineMeetings.ReadWrite': 'Read and create your online meetings',
  'People.Read': 'Read your relevant people list',
  'Place.Read.All': 'Read all company places',
  'Presence.Read': 'Read your presence information',
  'User.Read': 'Sign you in and read your profile',
  'User.ReadBasic.All': "Read all users' basic profiles",
  'User.ReadWrite': 'Read and update your profile',
  'User.RevokeSessions.All': 'Revoke your sign-in sessions',
};

const oidcTexts: Record<string, string> = {
  openid: 'Sign you in',
  profile: 'View your basic profile',
  email: 'View your e-mail address',
  offline_access: 'Maintain access to data you have given it access to',
};

/** All that the tests and the person's pages need. */
export const MICROSOFT_EVERYTHING = ['openid', 'User.Read', 'Calendars.ReadWrite'];

/** Permissions that a personal account does not have. Source: Graph permissions reference */
const WORK_ONLY = ['Calendars.Read.Shared', 'Calendars.ReadWrite.Shared', 'Place.Read.All'];
/** Permissions that only an administrator of a work tenant can give. Source: ibid. */
const ADMIN_ONLY = ['Calendars.ReadBasic', 'Place.Read.All'];

/** The scopes of one request, or what is wrong with them. */
export interface ParsedScopes {
  /** Short form, in the spelling of the reference, each once. */
  scopes: string[];
  /** How each was written, for the answer. */
  written: string[];
  unknown: string[];
  resourceCount: number;
  /** `.default` beside other permissions. */
  isMixedDefault: boolean;
}

/** Reads a `scope` parameter: short or full form, any case. */
export function parseScopes(text: string): ParsedScopes {
  const written = text.split(' ').filter(Boolean);
  const names = Object.keys(texts);
  const scopes = new Set<string>();
  const unknown: string[] = [];
  const resources = new Set<string>();
  for (const word of written) {
    const oidc = OIDC_SCOPES.find((name) => name === word.toLowerCase());
    if (oidc) {
      scopes.add(oidc);
      continue;
    }
    const [resource, name] = splitResource(word);
    resources.add(resource);
    const known = names.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
    if (resource !== GRAPH) continue;
    if (known) scopes.add(known);
    else if (name !== '.default') unknown.push(word);
  }
  const permissionCount = written.filter(
    (word) => !OIDC_SCOPES.includes(word.toLowerCase()),
  ).length;
  const hasDefault = written.some((word) => word.endsWith('.default'));
  if (hasDefault) for (const name of MICROSOFT_EVERYTHING) scopes.add(name);
  return {
    scopes: [...scopes],
    written,
    unknown,
    resourceCount: resources.size,
    isMixedDefault: hasDefault && permissionCount > 1,
  };
}

function splitResource(word: string): [resource: string, name: string] {
  const slash = word.lastIndexOf('/');
  if (slash < 0) return [GRAPH, word];
  return [word.slice(0, slash + 1).toLowerCase(), word.slice(slash + 1)];
}

/**
 * The `scope` of a token answer, without `offline_access`. The form is a switch: clients meet both.
 */
export function writeScopes(scopes: readonly string[], form: string, hasOffline: boolean): string {
  return scopes
    .filter((scope) => hasOffline || scope !== 'offline_access')
    .map((scope) => (OIDC_SCOPES.includes(scope) || form !== 'full' ? scope : GRAPH + scope))
    .join(' ');
}

export const describePermission = (scope: string) =>
  OIDC_SCOPES.includes(scope) ? (oidcTexts[scope] ?? scope) : `${texts[scope] ?? scope} (${scope})`;

export const isWorkOnly = (scope: string) => WORK_ONLY.includes(scope);
export const isAdminOnly = (scope: string) => ADMIN_ONLY.includes(scope);
