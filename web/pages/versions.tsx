import { Button } from '@mantine/core';
import { Address } from '../components/address.tsx';
import { decisions as texts } from '../texts.ts';
import type { Choice, DecisionWords, Version } from './decision-words.ts';
import classes from './versions.module.css';

interface VersionsProps {
  words: DecisionWords;
  isBusy: boolean;
  onChoose: (choice: Choice) => void;
}

/** Both versions, side by side where there is room, and under each the button that chooses it. */
export function Versions({ words, isBusy, onChoose }: VersionsProps) {
  return (
    <div className={classes.room}>
      <div className={classes.versions}>
        {words.versions.map((version) => (
          <VersionBox
            key={version.name}
            version={version}
            about={`${words.title}, ${version.name}`}
            isBusy={isBusy}
            onChoose={onChoose}
          />
        ))}
      </div>
    </div>
  );
}

function VersionBox(props: {
  version: Version;
  /** Which event and which side: buttons of many cards have the same words. */
  about: string;
  isBusy: boolean;
  onChoose: (choice: Choice) => void;
}) {
  const { version, about, isBusy, onChoose } = props;
  const { name, isInForce, lines, choice } = version;
  return (
    <section className={classes.version} aria-label={name} data-in-force={isInForce}>
      <div className={classes.versionHead}>
        <p className={classes.side}>
          <Address text={name} />
        </p>
        {isInForce && <span className={classes.inForce}>{texts.inForce}</span>}
      </div>
      <dl className={classes.lines}>
        {lines.map(({ label, value }) => (
          <div key={label}>
            {label && <dt>{label}</dt>}
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {choice && (
        <Button
          size="sm"
          variant="default"
          className={classes.choose}
          disabled={isBusy}
          aria-label={`${choice.label}: ${about}`}
          onClick={() => onChoose(choice.value)}
        >
          {choice.label}
        </Button>
      )}
    </section>
  );
}
