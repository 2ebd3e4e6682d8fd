import { make } from './dom.js';

/** Long enough to change an event here and then in the CRM, by hand. */
const LATE_MS = 60_000;

/** The switch that delays a provider's notifications, and its value where nobody has set it (DIFFERENCES.md). */
const providers = {
  google: { product: 'Google', company: 'Google', delay: 'google.pushDelayMs', usualMs: 1_000 },
  outlook: {
    product: 'Outlook',
    company: 'Microsoft',
    delay: 'outlook.notificationDelayMs',
    usualMs: 250,
  },
};

/** What folds out to make trouble on purpose: late notifications, for a whole provider, and an ended grant. */
export function renderTrouble({ provider, email }) {
  const problem = make('p', { class: 'problem', role: 'alert' });
  const sign = make('strong');
  return make(
    'details',
    { class: 'trouble' },
    make('summary', {}, 'Try what goes wrong', sign),
    make(
      'div',
      { class: 'ways' },
      renderDelay(provider, { run, sign }),
      renderRevoke(provider, email, run),
    ),
    problem,
  );

  async function run(task) {
    problem.textContent = '';
    try {
      await task();
    } catch (error) {
      problem.textContent = error.message;
    }
  }
}

/** `sign` says, also while all is folded away, that notifications are late. */
function renderDelay(provider, { run, sign }) {
  const { product, delay, usualMs } = providers[provider];
  const show = ({ switches }) => {
    box.checked = (switches[delay] ?? usualMs) >= LATE_MS;
    box.disabled = false;
    sign.textContent = box.checked ? ': notifications are a minute late' : '';
  };
  const look = async () => show(await control('GET', 'switches'));
  const flip = async () => {
    const isLate = box.checked;
    try {
      show(await control('POST', 'switches', { [delay]: isLate ? LATE_MS : usualMs }));
    } catch (error) {
      box.checked = !isLate;
      throw error;
    }
  };
  const box = make('input', {
    type: 'checkbox',
    role: 'switch',
    disabled: true,
    'aria-describedby': 'late',
    onchange: () => run(flip),
  });
  void run(look);
  return make(
    'section',
    {},
    make('label', { class: 'tick' }, box, 'Notifications a minute late'),
    make(
      'p',
      { id: 'late' },
      `Applications then hear of what changes in any ${product} calendar here a minute later, or sooner with the news of an earlier change. Time for a conflict: give an event a new title here and then, right away, a different one in the CRM.`,
    ),
  );
}

function renderRevoke(provider, email, run) {
  const { company } = providers[provider];
  const told = make('p', { class: 'told', role: 'status' });
  const revoke = async () => {
    told.textContent = '';
    const names = await revokeAll(provider, email);
    told.textContent = `Done: ${names.join(', ')} can no longer use this account. Change an event in the CRM, so that it notices; then reconnect there.`;
  };
  return make(
    'section',
    {},
    make(
      'button',
      {
        type: 'button',
        class: 'danger',
        'aria-describedby': 'revoked',
        onclick: () => run(revoke),
      },
      'Take the access away',
    ),
    make(
      'p',
      { id: 'revoked' },
      `From every application, as the owner of ${email} can in the account settings at ${company}.`,
    ),
    told,
  );
}

/**
 * Ends what the account gave to each registered application, and answers their names. Microsoft would let
 * access tokens live on for an hour; here they end too, so that nobody has to wait.
 */
async function revokeAll(provider, email) {
  const { clients } = await control('GET', 'clients');
  const applications = clients.filter((client) => client.provider === provider);
  for (const { id } of applications) {
    const wish = { provider, email, clientId: id };
    await control('POST', 'grants/revoke', {
      ...wish,
      ...(provider === 'outlook' && { how: 'consent' }),
    });
  }
  // This page's own token is among them: it fetches another.
  await control('POST', 'tokens/expire', { provider, email });
  return [...new Set(applications.map(({ name }) => name))];
}

/** The sandbox's own control, not a provider's API: it is in no record of calls. */
async function control(method, path, body) {
  const response = await fetch(`/sandbox/${path}`, {
    method,
    ...(body && { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new Error('The sandbox does not answer');
  });
  const text = await response.text();
  const answer = text === '' ? null : JSON.parse(text);
  if (response.ok) return answer;
  throw new Error(answer?.error ?? `The sandbox answered ${response.status}`);
}
