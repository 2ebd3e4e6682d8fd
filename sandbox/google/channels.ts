/** Push channels. */

import type { Call } from './call.ts';

export function touchTopic(_call: Call, _topic: string, _eventType?: string): void {}
