import { CloseButton, Title, VisuallyHidden } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Lead } from '../../src/api/schemas/leads.ts';
import { connectionsQuery, hasPlannedQuery } from '../api/connections.ts';
import { useSession } from '../api/session.ts';
import { Icon } from '../components/icons.tsx';
import { firstSteps as texts } from '../texts.ts';
import classes from './first-steps.module.css';

const noSearch = { result: undefined, provider: undefined, missing: undefined };

/**
 * What a new user does next: connect, start, plan. It goes by itself when all is done, and sooner when it
 * is put away, in this browser.
 */
export function FirstSteps({ leads }: { leads: Lead[] }) {
  const { user } = useSession();
  const { data: connections } = useQuery(connectionsQuery);
  const { data: isPlanned = false } = useQuery(hasPlannedQuery);
  const [isHidden, setHidden] = useLocalStorage({
    key: `kalends-first-steps-${user.id}`,
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  if (isHidden || !connections) return null;
  const live = connections.filter(({ state }) => state !== 'disconnected');
  const isConnected = live.length > 0;
  const isStarted = live.some(({ first_sync_at }) => first_sync_at !== null);
  if (isConnected && isStarted && isPlanned) return null;

  const [lead] = leads;
  const next = !isConnected ? 'connect' : !isStarted ? 'start' : 'plan';
  return (
    <section className={classes.steps} aria-labelledby="first-steps">
      <div className={classes.head}>
        <div>
          <Title order={2} id="first-steps">
            {texts.title}
          </Title>
          <p className={classes.intro}>{texts.intro}</p>
        </div>
        <CloseButton aria-label={texts.hide} onClick={() => setHidden(true)} />
      </div>
      <ol className={classes.list}>
        <Step number={1} words={texts.connect} isDone={isConnected} isNext={next === 'connect'}>
          <Link to="/settings/calendars" search={noSearch}>
            {texts.connect.action}
          </Link>
        </Step>
        <Step number={2} words={texts.start} isDone={isStarted} isNext={next === 'start'}>
          <Link to="/settings/calendars" search={noSearch}>
            {texts.start.action}
          </Link>
        </Step>
        <Step
          number={3}
          words={lead ? texts.plan : { ...texts.plan, text: texts.plan.textNoLead }}
          isDone={isPlanned}
          isNext={next === 'plan'}
        >
          {lead && (
            <Link to="/leads/$leadId" params={{ leadId: lead.id }}>
              {texts.plan.action}
            </Link>
          )}
        </Step>
      </ol>
    </section>
  );
}

interface StepProps {
  number: number;
  words: { title: string; text: string };
  isDone: boolean;
  isNext: boolean;
  /** The way there. */
  children: ReactNode;
}

function Step({ number, words, isDone, isNext, children }: StepProps) {
  return (
    <li className={classes.step} data-done={isDone} aria-current={isNext ? 'step' : undefined}>
      <span className={classes.mark} aria-hidden="true">
        {isDone ? <Icon name="check" size={16} /> : number}
      </span>
      <div>
        <p className={classes.title}>
          {words.title}
          {isDone && <VisuallyHidden>: {texts.done}</VisuallyHidden>}
        </p>
        {!isDone && <p className={classes.text}>{words.text}</p>}
        {isNext && children}
      </div>
    </li>
  );
}
