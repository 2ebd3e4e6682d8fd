import { useQuery } from '@tanstack/react-query';
import { Link, useRouterState } from '@tanstack/react-router';
import type { Connection } from '../../src/api/schemas/connections.ts';
import { connectionsQuery } from '../api/connections.ts';
import { decisionCountQuery } from '../api/decisions.ts';
import { attention as texts } from '../texts.ts';
import { Address } from './address.tsx';
import classes from './attention-banner.module.css';
import { connectionHeadingId } from './connection-heading.ts';
import { Icon, type IconName } from './icons.tsx';
import { isUnstarted } from './state-chip.tsx';

const noSearch = { result: undefined, provider: undefined, missing: undefined };

/**
 * What needs the reader, over every page, with the way there; nothing where nothing does. A page that is
 * itself about it says it in its own words, so it is left out there.
 */
export function AttentionBanner() {
  const { data = [] } = useQuery(connectionsQuery);
  const { data: count = 0 } = useQuery(decisionCountQuery);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const connections = path === '/settings/calendars' ? [] : data;
  const ended = connections.filter(({ state }) => state === 'needs_reconnect');
  const unstarted = connections.filter(isUnstarted);
  const nameAll = (some: Connection[]) =>
    some.map(({ provider, email }) => texts.account(provider, email));
  const isDecision = count > 0 && path !== '/decisions';
  return (
    <output className={classes.region}>
      {(ended.length > 0 || unstarted.length > 0 || isDecision) && (
        <span className={classes.banner}>
          <OfConnections
            icon="warning"
            connections={ended}
            text={texts.reconnect(nameAll(ended))}
            way={texts.toSettings}
          />
          <OfConnections
            icon="clock"
            connections={unstarted}
            text={texts.start(nameAll(unstarted))}
            way={texts.toCounts}
          />
          {isDecision && (
            <span className={classes.line}>
              <Icon name="question" />
              <span className={classes.text}>{texts.decide(count)}</span>
              <Link to="/decisions">{texts.toDecisions}</Link>
            </span>
          )}
        </span>
      )}
    </output>
  );
}

/** What is said of some connections, with the way to the card of the first. */
function OfConnections(props: {
  icon: IconName;
  connections: Connection[];
  text: string;
  way: string;
}) {
  const { icon, connections, text, way } = props;
  const [first] = connections;
  if (!first) return null;
  return (
    <span className={classes.line}>
      <Icon name={icon} />
      <span className={classes.text}>
        <Address text={text} />
      </span>
      <Link to="/settings/calendars" search={noSearch} hash={connectionHeadingId(first.id)}>
        {way}
      </Link>
    </span>
  );
}
