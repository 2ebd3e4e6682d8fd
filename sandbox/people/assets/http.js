/** The provider's own words for a refusal. */
export class ProviderRefusal extends Error {}

/** Calls the provider's API with the page's own token, which is renewed when it has ended. */
export function createHttp({ provider, email }) {
  let token;

  return async function call(method, path, { body, headers } = {}) {
    token ??= await fetchToken(provider, email);
    let response = await send();
    if (response.status === 401) {
      token = await fetchToken(provider, email);
      response = await send();
    }
    const text = await response.text();
    const answer = text === '' ? null : JSON.parse(text);
    if (response.ok) return answer;
    throw new ProviderRefusal(answer?.error?.message ?? `The provider answered ${response.status}`);

    function send() {
      return fetch(path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    }
  };
}

async function fetchToken(provider, email) {
  const query = new URLSearchParams({ provider, email });
  const response = await fetch(`/people/token?${query}`);
  if (!response.ok) throw new Error('The sandbox gives this page no token');
  return (await response.json()).access_token;
}
