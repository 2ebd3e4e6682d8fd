import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Connection } from '../../src/api/schemas/connections.ts';
import { calendarsQuery } from '../api/calendars.ts';
import { Address } from '../components/address.tsx';
import { ProviderGlyph } from '../components/provider-glyph.tsx';
import { ConnectionState, isUnstarted } from '../components/state-chip.tsx';
import { connectionReasons, nextStep, settings as texts } from '../texts.ts';
import { connectionHeadingId } from '../components/connection-heading.ts';
import { formatMoment } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { useViewerZone } from '../time/viewer-zone.ts';
import { CalendarList } from './calendar-list.tsx';
import { FirstSync } from './first-sync.tsx';
import { describeNextStep, tellLastSync } from './connection-words.ts';
import { RecentRuns } from './recent-runs.tsx';
import classes from './settings-page.module.css';

interface ConnectionCardProps {
  connection: Connection;
  isBusy: boolean;
  /** What a disconnect has left for the person to do; often nothing. */
  rest: string;
  onReconnect: () => void;
  onDisconnect: () => void;
}

/** One connection: how it stands, since when, why, and what a person can do. */
export function ConnectionCard(props: ConnectionCardProps) {
  const { connection, isBusy, rest, onReconnect, onDisconnect } = props;
  const { state } = connection;
  const nameId = connectionHeadingId(connection.id);
  const zone = useViewerZone();
  const now = useNow();
  const { data: calendars } = useQuery({
    ...calendarsQuery(connection.id),
    enabled: state !== 'disconnected',
  });
  const next = describeNextStep(connection, calendars, zone, now);
  const reason = connection.reason ?? connectionReasons[state];
  return (
    <li className={`${classes.card} ${classes.connection}`} data-state={state}>
      <article aria-labelledby={nameId}>
        <div className={classes.top}>
          <div className={classes.who}>
            <ProviderGlyph provider={connection.provider} size={30} />
            <div>
              <h3 id={nameId} tabIndex={-1} className={classes.email}>
                <Address text={connection.email} />
              </h3>
              <div className={classes.state}>
                <ConnectionState connection={connection} isOwn />
                <span>{texts.since(formatMoment(new Date(connection.since), zone, now))}</span>
                {state === 'active' && !connection.sync_enabled && <span>{texts.syncOff}</span>}
              </div>
            </div>
          </div>
          <Group gap="sm">
            {state !== 'active' && (
              <Button
                variant={state === 'needs_reconnect' ? 'filled' : 'default'}
                disabled={isBusy}
                aria-describedby={nameId}
                onClick={onReconnect}
              >
                {texts.reconnect}
              </Button>
            )}
            {state !== 'disconnected' && (
              <Button variant="default" aria-describedby={nameId} onClick={onDisconnect}>
                {texts.disconnect}
              </Button>
            )}
          </Group>
        </div>
        {reason && <p className={classes.reason}>{reason}</p>}
        {state === 'disconnected' && rest && <p className={classes.reason}>{rest}</p>}
        {state !== 'disconnected' && (
          <dl className={classes.facts}>
            <Fact label={texts.lastSynced}>{tellLastSync(connection, calendars, zone, now)}</Fact>
            <Fact label={texts.waiting}>
              {connection.waiting_count > 0
                ? texts.waitingCount(connection.waiting_count)
                : texts.nothingWaits}
            </Fact>
            {next && <Fact label={nextStep.label}>{next}</Fact>}
          </dl>
        )}
        {isUnstarted(connection) && <FirstSync connection={connection} />}
        {state !== 'disconnected' && (
          <>
            <CalendarList connection={connection} />
            {connection.first_sync_at && <RecentRuns connectionId={connection.id} />}
          </>
        )}
      </article>
    </li>
  );
}

function Fact({ label, children }: { label: string; children: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
