import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Activity, Copy } from '../../src/api/schemas/activities.ts';
import { describeError } from '../api/client.ts';
import { connectionsQuery, useConnect } from '../api/connections.ts';
import { useSession } from '../api/session.ts';
import { Address } from '../components/address.tsx';
import { FormProblem } from '../components/form-problem.tsx';
import { ProviderGlyph } from '../components/provider-glyph.tsx';
import { CopyState } from '../components/state-chip.tsx';
import { copies as texts, copyReasons, mirrors, unitWords } from '../texts.ts';
import { formatMoment, formatRelative } from '../time/format.ts';
import { useViewerZone } from '../time/viewer-zone.ts';
import { CopyQuestion } from './copy-question.tsx';
import classes from './copy-list.module.css';
import { findNextTry } from './next-try.ts';
import { findWhyOnlyHere } from './only-here.ts';
import { SyncOutcome } from './sync-event.tsx';

interface CopyListProps {
  activity: Activity;
  now: Date;
}

/** How an event stands in each calendar it goes to, and what came of a look at them. */
export function CopyList({ activity, now }: CopyListProps) {
  const { copies } = activity;
  if (copies.length === 0) return <OnlyHere activity={activity} />;
  return (
    <>
      <ul className={classes.list} aria-label={texts.label}>
        {copies.map((copy) => (
          <CopyLine key={copy.id} activity={activity} copy={copy} now={now} />
        ))}
      </ul>
      <SyncOutcome activity={activity} />
    </>
  );
}

/** Its owner is told, and of what still stands: who sees a colleague's event sees none of its copies. */
function OnlyHere({ activity }: { activity: Activity }) {
  const { user } = useSession();
  const { data: connections } = useQuery(connectionsQuery);
  const { owner, status, deleted_at } = activity;
  if (owner.id !== user.id || status === 'cancelled' || deleted_at || !connections) return null;
  const why = findWhyOnlyHere(activity, connections);
  return (
    <p className={classes.onlyHere}>
      <span className={classes.onlyHereWords}>{texts.onlyHere}</span>
      {why && <span>{texts.whyOnlyHere[why]}</span>}
    </p>
  );
}

/** Leads to the provider's consent at once; what waits goes on by itself afterwards. */
function Reconnect({ activity, copy }: { activity: Activity; copy: Copy }) {
  const connect = useConnect();
  const { provider, connection_id: connectionId, account } = copy;
  return (
    <div className={classes.question}>
      <Button
        size="compact-sm"
        variant="default"
        loading={connect.isPending}
        aria-label={`${texts.reconnect}: ${activity.title}, ${account}`}
        onClick={() => connect.mutate({ provider, connectionId })}
      >
        {texts.reconnect}
      </Button>
      {connect.isError && <FormProblem text={describeError(connect.error)} />}
    </div>
  );
}

function CopyLine({ activity, copy, now }: CopyListProps & { copy: Copy }) {
  const zone = useViewerZone();
  const reason = copy.reason ?? copyReasons[copy.state];
  const nextAt = findNextTry(copy, now);
  const nextTry =
    nextAt &&
    texts.nextAttempt(`${formatRelative(nextAt, zone, now)} (${formatMoment(nextAt, zone, now)})`);
  return (
    <li className={classes.copy}>
      <span className={classes.glyph}>
        <ProviderGlyph provider={copy.provider} size={18} />
      </span>
      <span className={classes.where}>
        <span className={classes.account}>
          <Address text={copy.account} />
        </span>
        <CopyState state={copy.state} />
      </span>
      {(reason || nextTry) && (
        <span className={classes.why}>
          {reason && <span>{reason}</span>} {nextTry && <span>{nextTry}.</span>}
        </span>
      )}
      {copy.held_as !== 'one' && (
        <span className={classes.why}>{texts.heldAs[copy.held_as](copy.provider)}</span>
      )}
      {copy.shows === 'busy' && <span className={classes.why}>{mirrors.isBusy}</span>}
      {copy.state === 'synced' && copy.differs_in.length > 0 && (
        <span className={classes.why}>
          {texts.differsIn(copy.differs_in.map((unit) => unitWords[unit]).join(', '))}
        </span>
      )}
      {copy.warning && <span className={classes.why}>{copy.warning}</span>}
      {copy.choices.length > 0 && <CopyQuestion activity={activity} copy={copy} />}
      {copy.state === 'needs_reconnect' && <Reconnect activity={activity} copy={copy} />}
    </li>
  );
}
