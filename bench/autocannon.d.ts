/** As much of the package's interface as the benchmarks use; it brings no types of its own. */
declare module 'autocannon' {
  interface Request {
    method?: string;
    path?: string;
    body?: string;
    setupRequest?(request: Request): Request;
  }

  interface Result {
    '2xx': number;
    non2xx: number;
    errors: number;
    requests: { average: number };
  }

  export default function autocannon(options: {
    url: string;
    connections: number;
    duration: number;
    headers: Record<string, string>;
    requests: Request[];
  }): Promise<Result>;
}
