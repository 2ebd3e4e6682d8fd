import { CloseButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { CallbackResult, Connection } from '../../src/api/schemas/connections.ts';
import { connectionsQuery } from '../api/connections.ts';
import { Icon } from '../components/icons.tsx';
import {
  callbackSentences,
  common,
  formatNames,
  permissions,
  type Provider,
  providerNames,
} from '../texts.ts';
import classes from './callback-notice.module.css';

interface Outcome {
  isGood: boolean;
  sentence: string;
}

/** How the walk to the provider ended, in a sentence. The address is cleaned: a reload is quiet. */
export function CallbackNotice() {
  const search = useSearch({ from: '/frame/settings/calendars' });
  const navigate = useNavigate();
  const { result, provider, missing } = search;
  const [outcome, setOutcome] = useState(() => describeOutcome(result, provider, missing));
  const { data: connections } = useQuery(connectionsQuery);
  const states = connections && describeStates(connections);
  const [statesTold, setStatesTold] = useState(states);
  // What was true as it was told stands no longer over what has become of it.
  if (statesTold === undefined && states !== undefined) setStatesTold(states);
  else if (outcome?.isGood && states !== statesTold) setOutcome(undefined);

  useEffect(() => {
    if (!result) return;
    const none = { result: undefined, provider: undefined, missing: undefined };
    void navigate({ to: '/settings/calendars', search: none, replace: true });
  }, [result, navigate]);

  return (
    <div role="alert">
      {outcome && (
        <div className={classes.notice} data-good={outcome.isGood}>
          <Icon name={outcome.isGood ? 'check' : 'warning'} />
          <p className={classes.sentence}>{outcome.sentence}</p>
          <CloseButton aria-label={common.close} onClick={() => setOutcome(undefined)} />
        </div>
      )}
    </div>
  );
}

const describeStates = (connections: readonly Connection[]) =>
  connections
    .map(({ id, state, first_sync_at }) => [id, state, first_sync_at === null].join(' '))
    .join(', ');

/** Words are ours even where the address is not: nothing of it is repeated but what we know. */
function describeOutcome(result = '', provider = '', missing = ''): Outcome | undefined {
  if (!Object.hasOwn(callbackSentences, result)) return undefined;
  const sentence = callbackSentences[result as CallbackResult];
  const isKnown = Object.hasOwn(providerNames, provider);
  const name = isKnown ? providerNames[provider as Provider] : common.theProvider;
  return {
    isGood: /^(re)?connected$/.test(result),
    sentence: sentence(name, describePermissions(missing)),
  };
}

function describePermissions(missing: string): string {
  const named = missing.split('; ').filter((words) => permissions.includes(words));
  return formatNames(named.map((words) => `“${words}”`));
}
