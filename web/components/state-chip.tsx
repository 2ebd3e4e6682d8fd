import type { Copy } from '../../src/api/schemas/activities.ts';
import type { Connection } from '../../src/api/schemas/connections.ts';
import { connectionWords, copyWords, decisions, unstartedWords } from '../texts.ts';
import { Icon, type IconName } from './icons.tsx';
import classes from './state-chip.module.css';

type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'quiet';
type Look = { tone: Tone; icon: IconName };

const copyLooks: Record<Copy['state'], Look> = {
  pending: { tone: 'busy', icon: 'clock' },
  syncing: { tone: 'busy', icon: 'arrows' },
  synced: { tone: 'good', icon: 'check' },
  conflict: { tone: 'warn', icon: 'warning' },
  detached: { tone: 'warn', icon: 'warning' },
  paused: { tone: 'quiet', icon: 'pause' },
  needs_reconnect: { tone: 'bad', icon: 'warning' },
  rate_limited: { tone: 'warn', icon: 'clock' },
  retrying: { tone: 'warn', icon: 'arrows' },
  refused: { tone: 'bad', icon: 'stop' },
  closed: { tone: 'quiet', icon: 'stop' },
};

const connectionLooks: Record<Connection['state'], Look> = {
  active: { tone: 'good', icon: 'check' },
  needs_reconnect: { tone: 'bad', icon: 'warning' },
  misconfigured: { tone: 'bad', icon: 'warning' },
  disconnected: { tone: 'quiet', icon: 'stop' },
};

const decisionLooks: Record<keyof typeof decisions.kinds, Look> = {
  conflict: { tone: 'warn', icon: 'arrows' },
  returned: { tone: 'warn', icon: 'back' },
  detached: { tone: 'warn', icon: 'warning' },
  refused: { tone: 'bad', icon: 'stop' },
  brake: { tone: 'bad', icon: 'pause' },
};

/** It works, and its owner is still to look at the counts and start it. */
export const isUnstarted = ({ state, first_sync_at }: Connection) =>
  state === 'active' && first_sync_at === null;

/** A state in a word; colour and shape only repeat it. */
function StateChip({ look, word }: { look: Look; word: string }) {
  return (
    <span className={classes.chip} data-tone={look.tone}>
      <Icon name={look.icon} size={14} />
      {word}
    </span>
  );
}

export function CopyState({ state }: { state: Copy['state'] }) {
  return <StateChip look={copyLooks[state]} word={copyWords[state]} />;
}

/** `isOwn`: whether it is the reader who starts it. */
export function ConnectionState(props: { connection: Connection; isOwn: boolean }) {
  const { connection, isOwn } = props;
  const { state } = connection;
  if (isUnstarted(connection)) {
    const word = isOwn ? unstartedWords.own : unstartedWords.others;
    return <StateChip look={{ tone: 'warn', icon: 'clock' }} word={word} />;
  }
  return <StateChip look={connectionLooks[state]} word={connectionWords[state]} />;
}

export function DecisionChip({ kind }: { kind: keyof typeof decisions.kinds }) {
  return <StateChip look={decisionLooks[kind]} word={decisions.kinds[kind]} />;
}
