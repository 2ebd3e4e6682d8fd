import { Button, Group, Title, VisuallyHidden } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Connection } from '../../src/api/schemas/connections.ts';
import { describeError } from '../api/client.ts';
import { connectionsQuery, useConnect } from '../api/connections.ts';
import { useSession } from '../api/session.ts';
import { FormProblem } from '../components/form-problem.tsx';
import { PageHeader } from '../components/page-header.tsx';
import { EmptyState, LoadingRows, QueryError } from '../components/page-states.tsx';
import { ProviderGlyph } from '../components/provider-glyph.tsx';
import { isUnstarted } from '../components/state-chip.tsx';
import { common, settings as texts } from '../texts.ts';
import { AuditTrail } from './audit-trail.tsx';
import { CallbackNotice } from './callback-notice.tsx';
import { ConnectionCard } from './connection-card.tsx';
import { DisconnectDialog, type Farewell } from './disconnect-dialog.tsx';
import { EverybodysConnections } from './everybodys-connections.tsx';
import { Policies } from './policies.tsx';
import classes from './settings-page.module.css';
import { SystemInfo } from './system-info.tsx';

export function SettingsPage() {
  useDocumentTitle(`${texts.title} · ${common.product}`);
  const { user } = useSession();
  return (
    <>
      <PageHeader title={texts.title} intro={texts.intro} />
      <CallbackNotice />
      <OwnConnections />
      {user.role === 'admin' && <Policies />}
      {user.role === 'admin' && <EverybodysConnections />}
      {user.role === 'admin' && <AuditTrail />}
      {user.role === 'admin' && <SystemInfo />}
    </>
  );
}

function OwnConnections() {
  const list = useQuery(connectionsQuery);
  const connect = useConnect();
  const [disconnecting, setDisconnecting] = useState<Connection>();
  const [farewell, setFarewell] = useState<Farewell>();
  return (
    <section aria-labelledby="calendars">
      <div className={classes.head}>
        <Title order={2} id="calendars">
          {texts.calendars}
        </Title>
        <ConnectButtons connect={connect} />
      </div>
      <div className={classes.messages}>
        {connect.isError && <FormProblem text={describeError(connect.error)} />}
        <output>
          <VisuallyHidden>
            {farewell?.done} {farewell?.rest}
          </VisuallyHidden>
        </output>
      </div>
      {list.isPending && <LoadingRows count={2} height={132} />}
      <QueryError query={list} />
      {list.data?.length === 0 && (
        <div className={classes.card}>
          <EmptyState icon="calendar" title={texts.emptyTitle} text={texts.emptyText} />
        </div>
      )}
      {list.data && list.data.length > 0 && (
        <ul className={classes.list}>
          <ConnectionCards
            connections={list.data}
            connect={connect}
            farewell={farewell}
            onDisconnect={setDisconnecting}
          />
        </ul>
      )}
      {disconnecting && (
        <DisconnectDialog
          connection={disconnecting}
          onDone={setFarewell}
          onGone={() => setDisconnecting(undefined)}
        />
      )}
    </section>
  );
}

/** What waits for a start comes first, and stays there once it is started: it is still looked at. */
function ConnectionCards(props: {
  connections: Connection[];
  connect: ReturnType<typeof useConnect>;
  farewell: Farewell | undefined;
  onDisconnect: (connection: Connection) => void;
}) {
  const { connections, connect, farewell, onDisconnect } = props;
  const [first] = useState(() => connections.filter(isUnstarted).map(({ id }) => id));
  const isFirst = ({ id }: Connection) => first.includes(id);
  const inOrder = [
    ...connections.filter(isFirst),
    ...connections.filter((connection) => !isFirst(connection)),
  ];
  return inOrder.map((connection) => (
    <ConnectionCard
      key={connection.id}
      connection={connection}
      isBusy={connect.isPending}
      rest={farewell?.connectionId === connection.id ? farewell.rest : ''}
      onReconnect={() =>
        connect.mutate({ provider: connection.provider, connectionId: connection.id })
      }
      onDisconnect={() => onDisconnect(connection)}
    />
  ));
}

function ConnectButtons({ connect }: { connect: ReturnType<typeof useConnect> }) {
  const { providers } = useSession();
  if (providers.length === 0) return <p className={classes.none}>{texts.noProviders}</p>;
  return (
    <Group gap="sm" className={classes.connect}>
      {providers.map((provider) => (
        <Button
          key={provider}
          variant="default"
          leftSection={<ProviderGlyph provider={provider} isNamed={false} />}
          loading={connect.isPending && connect.variables?.provider === provider}
          onClick={() => connect.mutate({ provider })}
        >
          {texts.connect(provider)}
        </Button>
      ))}
    </Group>
  );
}
