import nodemailer, { type NodemailerError } from 'nodemailer';
import type { SmtpConfig } from './config.ts';
import { type Mail, MailError, type SendMail } from './runtime.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 20_000;
/** For the server to hang up, too. */
const CLOSE_TIMEOUT_MS = 1_000;
/** For a whole mail, however lively the server is. */
const MAIL_TIMEOUT_MS = 60_000;

/** One address and nothing else: neither a list nor a header of its own. */
const ADDRESS = /^[^\s@<>()[\],;:\\"\p{Cc}]+@[^\s@<>()[\],;:\\"\p{Cc}]+$/u;

export interface SmtpLimits {
  silenceMs?: number;
  totalMs?: number;
  /** PEM of who is trusted besides the public authorities. */
  ca?: string;
}

/**
 * Sends mails over SMTP, each over a connection of its own: by TLS where the server offers it, and never
 * a password without it. Throws `MailError`, whose message holds nothing that the server said.
 */
export function createSmtp(smtp: SmtpConfig, limits: SmtpLimits = {}): SendMail {
  const { silenceMs = SILENCE_TIMEOUT_MS, totalMs = MAIL_TIMEOUT_MS, ca } = limits;
  const transport = nodemailer.createTransport({
    host: smtp.host,
    port: smtp.port,
    secure: smtp.isTlsFromStart,
    requireTLS: smtp.requiresTls,
    ...(smtp.user !== null && { auth: { user: smtp.user, pass: smtp.password } }),
    ...(ca !== undefined && { tls: { ca } }),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    dnsTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: Math.min(CONNECT_TIMEOUT_MS, silenceMs),
    socketTimeout: silenceMs,
    socketCloseTimeout: CLOSE_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return async (mail) => {
    if (!ADDRESS.test(mail.to.address)) throw new MailError('EADDRESS', { isFinal: true });
    await transport
      .sendMail({ ...toMessage(mail, smtp.from), signal: AbortSignal.timeout(totalMs) })
      .catch((error: unknown) => {
        throw toMailError(error);
      });
  };
}

function toMessage(mail: Mail, from: SmtpConfig['from']) {
  const { id, to, subject, text, html } = mail;
  return {
    messageId: `<${id}>`,
    from,
    to,
    subject,
    text,
    html,
    // So that no holiday notice answers it (RFC 3834), Exchange's neither.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  };
}

/**
 * Only what the server said for good of this recipient or this mail is final. A refused password, a name
 * that is not found or a certificate is the operator's to mend, and may be mended.
 */
function toMailError(error: unknown): MailError {
  const { code = 'EUNKNOWN', responseCode = 0 } = error as Partial<NodemailerError>;
  const isAboutMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  const told = responseCode > 0 ? `${code} ${responseCode}` : code;
  return new MailError(told, { isFinal: isAboutMail && responseCode >= 500 });
}
