import { googleRoutes } from './google/routes.ts';
import { microsoftRoutes } from './microsoft/routes.ts';
import type { OAuthRoute } from './oauth.ts';
import type { ProviderName } from '../world.ts';

export interface OAuthMatch {
  provider: ProviderName;
  operation: string;
  answer: OAuthRoute[3];
}

const tables = [
  ['google', googleRoutes],
  ['outlook', microsoftRoutes],
] as const;

/** Which authorization server answers this, if any. */
export function findOAuthRoute(method: string, path: string): OAuthMatch | undefined {
  for (const [provider, routes] of tables) {
    for (const [routeMethod, pattern, operation, answer] of routes) {
      if (!pattern.test(path)) continue;
      if (routeMethod === '*' || routeMethod === method || method === 'HEAD') {
        return { provider, operation, answer };
      }
    }
  }
  return undefined;
}
