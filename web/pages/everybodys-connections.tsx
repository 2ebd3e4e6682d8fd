import { Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { AdminConnections } from '../../src/api/schemas/connections.ts';
import { adminConnectionsQuery } from '../api/connections.ts';
import { useSession } from '../api/session.ts';
import { Address } from '../components/address.tsx';
import { LoadingRows, QueryError } from '../components/page-states.tsx';
import { ProviderGlyph } from '../components/provider-glyph.tsx';
import { StackingTable } from '../components/stacking-table.tsx';
import { ConnectionState } from '../components/state-chip.tsx';
import { settings as texts } from '../texts.ts';
import { useNow } from '../time/use-now.ts';
import { useViewerZone } from '../time/viewer-zone.ts';
import { tellLastSync } from './connection-words.ts';
import classes from './settings-page.module.css';

/** For admins: how every connection in the tenant stands, and nothing of what is in it. */
export function EverybodysConnections() {
  const list = useQuery(adminConnectionsQuery);
  const zone = useViewerZone();
  const now = useNow();
  return (
    <section className={classes.everybody} aria-labelledby="everybody">
      <Title order={2} id="everybody">
        {texts.everybody}
      </Title>
      <p className={classes.intro}>{texts.everybodyIntro}</p>
      {list.isPending && <LoadingRows count={3} height={48} />}
      <QueryError query={list} />
      {list.data?.length === 0 && (
        <p className={`${classes.card} ${classes.nobody}`}>{texts.nobody}</p>
      )}
      {list.data && list.data.length > 0 && (
        <div className={classes.card}>
          <StackingTable
            label={texts.everybody}
            columns={Object.values(texts.columns)}
            rows={list.data.map((connection) => ({
              key: connection.id,
              cells: [
                connection.user.name,
                <span key="calendar" className={classes.tableCalendar}>
                  <ProviderGlyph provider={connection.provider} />
                  <span>
                    <Address text={connection.email} />
                  </span>
                </span>,
                <StateCell key="state" connection={connection} />,
                <span key="last" className={classes.nowrap}>
                  {tellLastSync(connection, undefined, zone, now)}
                </span>,
                <span key="waiting" className={classes.nowrap}>
                  {connection.waiting_count > 0
                    ? texts.waitingCount(connection.waiting_count)
                    : texts.nothingWaits}
                </span>,
              ],
            }))}
          />
        </div>
      )}
    </section>
  );
}

function StateCell({ connection }: { connection: AdminConnections['connections'][number] }) {
  const { user } = useSession();
  const { reason, quiet_count: quiet, brake_count: brakes } = connection;
  const notes = [reason, quiet > 0 && texts.quiet(quiet), brakes > 0 && texts.brakes(brakes)];
  return (
    <>
      <ConnectionState connection={connection} isOwn={connection.user.id === user.id} />
      {notes.map(
        (note) =>
          note && (
            <span key={note} className={classes.tableReason}>
              {note}
            </span>
          ),
      )}
    </>
  );
}
