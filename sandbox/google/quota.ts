/** Requests per minute. */

import type { Call } from './call.ts';

export function checkQuota(_call: Call, _units: number): void {}
