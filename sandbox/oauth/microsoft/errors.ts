import { answerJson } from '../oauth.ts';
import { renderErrorPage } from '../pages.ts';
import { randomGuid } from '../../seed.ts';
import type { World } from '../../world.ts';

interface AadError {
  error: string;
  text: string;
  suberror?: string;
  status?: number;
}

/**
 * What the token endpoint says for each code that the sandbox can raise. Clients branch on `error`.
 *
 * Source: Microsoft Entra authentication error codes; OAuth 2.0 authorization code flow
 */
const aadErrors: Record<number, AadError> = {
  16000: {
    error: 'interaction_required',
    text: 'Either multiple user identities are available for the current request or selected account is not supported for the scenario.',
  },
  28003: {
    error: 'invalid_scope',
    text: "Provided value for the input parameter scope can't be empty when requesting an access token using the provided authorization code. Specify a valid scope.",
  },
  50011: {
    error: 'invalid_request',
    text: 'The redirect URI specified in the request does not match the redirect URIs configured for the application.',
  },
  50020: {
    error: 'invalid_grant',
    text: 'User account from identity provider does not exist in tenant and cannot access the application in that tenant.',
  },
  50034: { error: 'invalid_grant', text: 'The user account does not exist in the directory.' },
  50055: { error: 'invalid_grant', text: 'The password is expired.' },
  50057: { error: 'invalid_grant', text: 'The user account is disabled.' },
  50058: {
    error: 'login_required',
    text: 'A silent sign-in request was sent but no user is signed in.',
  },
  50074: {
    error: 'invalid_grant',
    text: 'Strong Authentication is required.',
    suberror: 'basic_action',
  },
  50076: {
    error: 'invalid_grant',
    text: 'Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.',
    suberror: 'basic_action',
  },
  50078: {
    error: 'invalid_grant',
    text: 'Presented multi-factor authentication has expired due to policies configured by your administrator, you must refresh your multi-factor authentication.',
    suberror: 'basic_action',
  },
  50079: {
    error: 'invalid_grant',
    text: 'Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication.',
    suberror: 'basic_action',
  },
  50105: {
    error: 'invalid_grant',
    text: 'The signed in user is not assigned to a role for the application.',
  },
  50147: {
    error: 'invalid_request',
    text: "The size of the code challenge parameter isn't valid.",
  },
  50173: {
    error: 'invalid_grant',
    text: 'The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.',
    suberror: 'bad_token',
  },
  50194: {
    error: 'invalid_request',
    text: 'Application is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps.',
  },
  50196: {
    error: 'invalid_grant',
    text: 'The server terminated an operation because it encountered a client request loop.',
  },
  53000: {
    error: 'invalid_grant',
    text: 'Device is not in required device state. Conditional Access policy requires a compliant device.',
    suberror: 'message_only',
  },
  53001: {
    error: 'invalid_grant',
    text: 'Device is not in required device state. Conditional Access policy requires a domain joined device.',
    suberror: 'message_only',
  },
  53003: {
    error: 'invalid_grant',
    text: 'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
    suberror: 'message_only',
  },
  53004: {
    error: 'invalid_grant',
    text: 'User needs to complete the multi-factor authentication registration process before accessing this content.',
    suberror: 'message_only',
  },
  54005: {
    error: 'invalid_grant',
    text: 'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
  },
  65001: {
    error: 'invalid_grant',
    text: 'The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.',
    suberror: 'consent_required',
  },
  65004: { error: 'access_denied', text: 'User declined to consent to access the app.' },
  70000: {
    error: 'invalid_grant',
    text: "The provided value for the input parameter 'refresh_token' or 'assertion' is not valid.",
  },
  70003: { error: 'unsupported_grant_type', text: 'The app requested an unsupported grant type.' },
  70008: {
    error: 'invalid_grant',
    text: 'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
  },
  70011: {
    error: 'invalid_scope',
    text: "The provided value for the input parameter 'scope' is not valid.",
  },
  70043: {
    error: 'invalid_grant',
    text: 'The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.',
    suberror: 'token_expired',
  },
  90002: {
    error: 'invalid_request',
    text: 'Tenant not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.',
  },
  90005: {
    error: 'invalid_request',
    text: "Unable to complete the request. The request isn't valid because the identifier and login hint can't be used together.",
  },
  90014: {
    error: 'invalid_request',
    text: 'The required field is missing from the credential. Ensure that you have all the necessary parameters for the login request.',
  },
  90024: {
    error: 'temporarily_unavailable',
    text: 'A transient error has occurred. Please try again.',
    status: 503,
  },
  90033: {
    error: 'temporarily_unavailable',
    text: 'A transient error has occurred. Please try again.',
    status: 503,
  },
  90055: {
    error: 'temporarily_unavailable',
    text: 'Too many requests were made. Please try again later.',
    status: 429,
  },
  90094: {
    error: 'access_denied',
    text: 'An administrator of the organization has set a policy that prevents you from granting the application the permissions it requests.',
  },
  90095: {
    error: 'access_denied',
    text: 'Admin consent is required for the permissions requested by this application. An admin consent request may be sent to the admin.',
  },
  530032: {
    error: 'invalid_grant',
    text: 'The tenant has been configured with a security policy that blocks this request.',
    suberror: 'message_only',
  },
  700003: { error: 'invalid_grant', text: 'Device object was not found in the tenant directory.' },
  700005: {
    error: 'invalid_grant',
    text: 'The provided authorization code is intended to use against other tenant, thus rejected.',
  },
  700016: {
    error: 'unauthorized_client',
    text: 'Application was not found in the directory. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.',
  },
  700022: {
    error: 'invalid_scope',
    text: "The provided value for the input parameter 'scope' isn't valid because it contains more than one resource.",
  },
  700025: {
    error: 'invalid_client',
    text: "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
    status: 401,
  },
  700082: {
    error: 'invalid_grant',
    text: 'The refresh token has expired due to inactivity.',
    suberror: 'token_expired',
  },
  700084: {
    error: 'invalid_grant',
    text: "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which can't be extended.",
    suberror: 'token_expired',
  },
  900144: {
    error: 'invalid_request',
    text: 'The request body must contain the following parameter:',
  },
  501481: {
    error: 'invalid_grant',
    text: 'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
  },
  501491: { error: 'invalid_request', text: 'Invalid size of Code_Challenge parameter.' },
  900971: { error: 'invalid_request', text: 'No reply address provided.' },
  7000112: { error: 'unauthorized_client', text: 'Application is disabled.' },
  7000215: {
    error: 'invalid_client',
    text: 'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to the app.',
    status: 401,
  },
  7000218: {
    error: 'invalid_client',
    text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    status: 401,
  },
  7000222: {
    error: 'invalid_client',
    text: 'The provided client secret keys are expired. Visit the portal to create new keys for your app.',
    status: 401,
  },
  9002313: { error: 'invalid_request', text: 'Invalid request. Request is malformed or invalid.' },
  9002331: {
    error: 'invalid_request',
    text: 'Application is configured for use by Microsoft Account users only. Please use the /consumers endpoint to serve this request.',
  },
  9002332: {
    error: 'invalid_request',
    text: 'Application is configured for use by Azure Active Directory users only. Please do not use the /consumers endpoint to serve this request.',
  },
};

/** A code of the table, with what is to be added to its text. */
export interface Aadsts {
  code: number;
  detail?: string;
  /** Where practice names another error than the table's: `prompt=none` and missing consent. */
  error?: string;
}

const entryOf = (code: number): AadError =>
  aadErrors[code] ?? { error: 'invalid_grant', text: 'The request was refused.' };

export const isKnownAadsts = (code: number) => Object.hasOwn(aadErrors, code);

export const textOf = ({ code, detail }: Aadsts) =>
  `AADSTS${code}: ${entryOf(code).text}${detail ? ` ${detail}` : ''}`;

export const errorNameOf = ({ code, error }: Aadsts) => error ?? entryOf(code).error;

const traceOf = ({ runtime }: World) => ({
  trace_id: randomGuid(runtime.random),
  correlation_id: randomGuid(runtime.random),
  timestamp: `${new Date(runtime.now()).toISOString().slice(0, 19).replace('T', ' ')}Z`,
});

/** The error body of the token endpoint. */
export function answerAadsts(world: World, aadsts: Aadsts): Response {
  const { suberror, status = 400 } = entryOf(aadsts.code);
  const { trace_id: traceId, correlation_id: correlationId, timestamp } = traceOf(world);
  const description = `${textOf(aadsts)}\r\nTrace ID: ${traceId}\r\nCorrelation ID: ${correlationId}\r\nTimestamp: ${timestamp}`;
  const needsClaims = suberror === 'basic_action';
  return answerJson(status, {
    error: errorNameOf(aadsts),
    error_description: description,
    error_codes: [aadsts.code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${aadsts.code}`,
    ...(suberror ? { suberror } : {}),
    ...(needsClaims
      ? { claims: '{"access_token":{"capolids":{"essential":true,"values":["sandbox"]}}}' }
      : {}),
  });
}

/**
 * The same as a page, for what must not be sent to an address that may not be the application's.
 */
export function renderAadsts(world: World, aadsts: Aadsts): Response {
  const { trace_id: traceId, correlation_id: correlationId, timestamp } = traceOf(world);
  return renderErrorPage('Microsoft', 400, "We can't sign you in", [
    textOf(aadsts),
    `Trace ID: ${traceId}`,
    `Correlation ID: ${correlationId}`,
    `Timestamp: ${timestamp}`,
  ]);
}
