import { MailError, type SendMail } from '../runtime.ts';
import {
  type ClaimedMail,
  claimOutageMail,
  findOutage,
  settleOutageMail,
} from '../store/outage-mails.ts';
import { asSystem, inTenant } from '../store/tenant.ts';
import type { Engine } from './engine.ts';
import { writeOutageMail } from './outage-mail.ts';
import type { Worker } from './worker.ts';

/** How long a mail is held; longer than any try takes (src/smtp.ts), so that no two senders have one. */
export const MAIL_LEASE_MS = 3 * 60_000;
const IDLE_MS = 5_000;
const FIRST_PAUSE_MS = 60_000;
const PAUSE_MAX_MS = 60 * 60_000;
/** With these pauses a mail server may be away for a day. */
export const MAIL_ATTEMPTS_MAX = 30;

export interface Mailing {
  sendMail: SendMail;
  /** Where the mails lead, an origin. */
  publicUrl: string;
}

/** Starts telling people by mail which connections need them, one mail at a time, beside all sync. */
export function startMailer(engine: Engine, mailing: Mailing): Worker {
  const stopping = new AbortController();
  const lane = runLane(engine, mailing, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await lane;
    },
  };
}

async function runLane(engine: Engine, mailing: Mailing, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const worked = await sendOneMail(engine, mailing).catch((error: unknown) => {
      const { name, stack } = error instanceof Error ? error : new Error(String(error));
      engine.runtime.log.error({ name, stack }, 'the list of mails could not be worked off');
      return false;
    });
    if (!worked && !stopping.aborted) await engine.runtime.sleep(IDLE_MS, stopping);
  }
}

/**
 * Sends the next due mail. False when none is. At least once: who dies between the server's word and ours
 * leaves a mail that is sent again, as the same message (docs/decisions/0012-outage-mails.md).
 */
export async function sendOneMail(engine: Engine, mailing: Mailing): Promise<boolean> {
  const now = new Date(engine.runtime.now());
  const until = new Date(now.getTime() + MAIL_LEASE_MS);
  const mail = await asSystem(engine.store, (tx) => claimOutageMail(tx, { now, until }));
  if (!mail) return false;
  const end = await tryToSend(engine, mailing, mail);
  await inTenant(engine.store, { tenantId: mail.tenant_id }, (tx) =>
    settleOutageMail(tx, mail, end),
  );
  return true;
}

async function tryToSend(
  { runtime, store }: Engine,
  { sendMail, publicUrl }: Mailing,
  mail: ClaimedMail,
): Promise<Parameters<typeof settleOutageMail>[2]> {
  const { connection_id: connectionId, attempts } = mail;
  const outage = await inTenant(store, { tenantId: mail.tenant_id }, (tx) => findOutage(tx, mail));
  if (!outage) return { outcome: 'over' };
  // Also of senders that died each time and never said so.
  if (attempts > MAIL_ATTEMPTS_MAX) return { outcome: 'given-up' };
  try {
    await sendMail(writeOutageMail(outage, mail.id, publicUrl));
    runtime.log.info({ connectionId }, 'its owner was told by mail that a connection needs them');
    return { outcome: 'sent' };
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    const fields = { connectionId, attempts, code: error.code };
    if (error.isFinal || attempts === MAIL_ATTEMPTS_MAX) {
      runtime.log.error(fields, 'a mail was given up');
      return { outcome: 'given-up' };
    }
    runtime.log.warn(fields, 'a mail was not sent');
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), PAUSE_MAX_MS);
    const spreadMs = pauseMs * (1 + runtime.random() / 4);
    return { nextAttemptAt: new Date(runtime.now() + spreadMs) };
  }
}
