/** A browser's half of HTTP: keeps cookies, sends the CSRF token. */
export class Client {
  readonly origin: string;
  readonly #cookies = new Map<string, string>();
  #csrfToken: string | null = null;

  constructor(origin: string) {
    this.origin = origin;
  }

  /** Any request. Paths are taken at our origin. Unsafe ones carry the CSRF token unless told not to. */
  async fetch(path: string, init: RequestInit & { withoutCsrf?: boolean } = {}): Promise<Response> {
    const method = init.method ?? 'GET';
    const isUnsafe = method !== 'GET' && method !== 'HEAD';
    if (isUnsafe && !init.withoutCsrf && !this.#csrfToken) await this.refreshCsrf();
    const headers = new Headers(init.headers);
    headers.set('cookie', [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    if (isUnsafe && !init.withoutCsrf) headers.set('x-csrf-token', this.#csrfToken ?? '');
    const response = await fetch(new URL(path, this.origin), { ...init, headers });
    for (const cookie of response.headers.getSetCookie()) this.#store(cookie);
    return response;
  }

  /** JSON, or throws with the status and the body. */
  async get<T>(path: string): Promise<T> {
    return readJson<T>(await this.fetch(path));
  }

  async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.sendRaw(method, path, body);
    return readJson<T>(response);
  }

  async sendRaw(method: string, path: string, body?: unknown): Promise<Response> {
    return this.fetch(path, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
  }

  async signIn(email: string, password: string): Promise<void> {
    await this.send('POST', '/api/session', { email, password });
    await this.refreshCsrf();
  }

  async refreshCsrf(): Promise<void> {
    const session = await this.get<{ csrf_token: string }>('/api/session');
    this.#csrfToken = session.csrf_token;
  }

  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies;
  }

  setCookie(name: string, value: string): void {
    this.#cookies.set(name, value);
  }

  #store(cookie: string): void {
    const [pair = '', ...attributes] = cookie.split(';');
    const [name = '', ...value] = pair.split('=');
    const isGone = attributes.some((one) => /^\s*max-age=0\s*$/i.test(one));
    if (isGone) this.#cookies.delete(name.trim());
    else this.#cookies.set(name.trim(), value.join('='));
  }
}

async function readJson<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${response.url}: ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}
