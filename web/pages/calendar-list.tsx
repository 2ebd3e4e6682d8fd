import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useId } from 'react';
import type { Calendar, CalendarDirection } from '../../src/api/schemas/calendars.ts';
import type { Connection } from '../../src/api/schemas/connections.ts';
import { calendarsQuery, useChangeCalendar } from '../api/calendars.ts';
import { describeError } from '../api/client.ts';
import { Address } from '../components/address.tsx';
import { FormProblem } from '../components/form-problem.tsx';
import { LoadingRows, QueryError } from '../components/page-states.tsx';
import { calendars as texts, copyWords, directionWords } from '../texts.ts';
import { formatAgo, formatRelative } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { useViewerZone } from '../time/viewer-zone.ts';
import classes from './calendar-list.module.css';
import { SyncNow } from './sync-now.tsx';

const directions = Object.keys(directionWords) as CalendarDirection[];
const writes = ({ direction }: Calendar) => direction === 'both' || direction === 'out';

/** The calendars of one connection: which way events go, how each does, and what is asked. */
export function CalendarList({ connection }: { connection: Connection }) {
  const list = useQuery(calendarsQuery(connection.id));
  const titleId = useId();
  return (
    <section className={classes.section} aria-labelledby={titleId}>
      <div className={classes.head}>
        <h4 id={titleId} className={classes.title}>
          {texts.title}
        </h4>
        {connection.state === 'active' && connection.first_sync_at && list.data && (
          <SyncNow connection={connection} calendars={list.data} />
        )}
      </div>
      {list.isPending && <LoadingRows count={1} height={60} />}
      <QueryError query={list} />
      {list.data && (
        <>
          <WriteTarget connectionId={connection.id} calendars={list.data} />
          <ul className={classes.list}>
            {list.data.map((calendar) => (
              <CalendarRow key={calendar.id} calendar={calendar} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function WriteTarget({ connectionId, calendars }: { connectionId: string; calendars: Calendar[] }) {
  const change = useChangeCalendar(connectionId);
  const target = calendars.find((calendar) => calendar.is_write_target);
  const possible = calendars.filter((calendar) => writes(calendar) && calendar.can_write);
  const choose = (id: string) => {
    if (id) change.mutate({ id, patch: { is_write_target: true } });
    else if (target) change.mutate({ id: target.id, patch: { is_write_target: false } });
  };
  return (
    <>
      <NativeSelect
        className={classes.target}
        label={texts.target}
        value={target?.id ?? ''}
        disabled={change.isPending}
        onChange={({ currentTarget }) => choose(currentTarget.value)}
        data={[
          ...possible.map(({ id, name }) => ({ value: id, label: name })),
          { value: '', label: texts.noTarget },
        ]}
      />
      {change.isError && <FormProblem text={describeError(change.error)} />}
    </>
  );
}

function CalendarRow({ calendar }: { calendar: Calendar }) {
  const change = useChangeCalendar(calendar.connection_id);
  const { id, name, direction } = calendar;
  const isOn = direction !== 'none';
  return (
    <li className={classes.calendar}>
      <div className={classes.top}>
        <span className={classes.name}>
          <Address text={name} />
          {!calendar.can_write && <span className={classes.note}>{texts.readOnly}</span>}
        </span>
        <NativeSelect
          size="sm"
          className={classes.direction}
          aria-label={texts.direction(name)}
          value={direction}
          disabled={change.isPending || (calendar.state === 'removed' && !isOn)}
          onChange={({ currentTarget }) =>
            change.mutate({
              id,
              patch: { direction: currentTarget.value as CalendarDirection },
            })
          }
          data={directions.map((value) => ({
            value,
            label: directionWords[value],
            disabled: !calendar.can_write && (value === 'both' || value === 'out'),
          }))}
        />
      </div>
      {change.isError && <FormProblem text={describeError(change.error)} />}
      {calendar.problem && <p className={classes.problem}>{calendar.problem}</p>}
      {isOn && <Facts calendar={calendar} />}
      {calendar.brake && <BrakeNote brake={calendar.brake} />}
      {calendar.unreadable.count > 0 && <Unreadable unreadable={calendar.unreadable} />}
    </li>
  );
}

function Facts({ calendar }: { calendar: Calendar }) {
  const zone = useViewerZone();
  const now = useNow();
  const tell = (instant: string | null) =>
    instant ? formatAgo(new Date(instant), zone, now) : texts.never;
  const next = calendar.next_look_at && new Date(calendar.next_look_at);
  const { watch } = calendar;
  const states = Object.entries(calendar.links).filter(([, count]) => count > 0);
  return (
    <>
      <dl className={classes.facts}>
        <div>
          <dt>{texts.lastLook}</dt>
          <dd>{tell(calendar.last_pulled_at)}</dd>
        </div>
        <div>
          <dt>{texts.lastChange}</dt>
          <dd>{tell(calendar.last_change_at)}</dd>
        </div>
        {next && (
          <div>
            <dt>{texts.nextLook}</dt>
            <dd>{next > now ? formatRelative(next, zone, now) : texts.soon}</dd>
          </div>
        )}
      </dl>
      {watch.kind !== 'off' && (
        <p className={classes.note}>{watch.kind === 'channel' ? texts.rings : watch.reason}</p>
      )}
      {states.length > 0 && (
        <ul className={classes.states} aria-label={texts.copiesLabel}>
          {states.map(([state, count]) => (
            <li key={state}>
              {copyWords[state as keyof typeof copyWords]}: {count}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** The answer is given where all decisions are. */
function BrakeNote({ brake }: { brake: NonNullable<Calendar['brake']> }) {
  const titleId = useId();
  if (brake.decision) return <p className={classes.problem}>{texts.brakeHeard}</p>;
  return (
    <section className={classes.question} aria-labelledby={titleId}>
      <h5 id={titleId}>{texts.brakeTitle}</h5>
      <p>{texts.brake(brake.count, brake.total)}</p>
      <Link to="/decisions">{texts.brakeDecide}</Link>
    </section>
  );
}

function Unreadable({ unreadable }: { unreadable: Calendar['unreadable'] }) {
  return (
    <details className={classes.details}>
      <summary>{texts.unreadable(unreadable.count)}</summary>
      <ul>
        {unreadable.items.map(({ reason, since }, index) => (
          <li key={`${since} ${index}`}>{reason}</li>
        ))}
      </ul>
    </details>
  );
}
