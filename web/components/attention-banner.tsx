import { useQuery } from '@tanstack/react-query';
import { Link, useRouterState } from '@tanstack/react-router';
import { connectionsQuery } from '../api/connections.ts';
import { decisionCountQuery } from '../api/decisions.ts';
import { attention as texts } from '../texts.ts';
import classes from './attention-banner.module.css';
import { Icon } from './icons.tsx';

const noSearch = { result: undefined, provider: undefined, missing: undefined };

/**
 * What needs the reader, over every page, with the way there; nothing where nothing does. A page that is
 * itself about it says it in its own words, so it is left out there.
 */
export function AttentionBanner() {
  const { data: connections = [] } = useQuery(connectionsQuery);
  const { data: count = 0 } = useQuery(decisionCountQuery);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const ended = connections
    .filter(({ state }) => state === 'needs_reconnect')
    .map(({ email }) => email);
  const isReconnect = ended.length > 0 && path !== '/settings/calendars';
  const isDecision = count > 0 && path !== '/decisions';
  return (
    <output className={classes.region}>
      {(isReconnect || isDecision) && (
        <span className={classes.banner}>
          {isReconnect && (
            <span className={classes.line}>
              <Icon name="warning" />
              <span className={classes.text}>{texts.reconnect(ended)}</span>
              <Link to="/settings/calendars" search={noSearch}>
                {texts.toSettings}
              </Link>
            </span>
          )}
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
