import { Modal, Switch } from '@mantine/core';
import { common, shortcuts as texts } from '../texts.ts';
import { listShortcuts, useShortcutsSwitch } from './shortcuts.ts';
import classes from './shortcuts-help.module.css';

/** Which keys do what on the page behind it, and the switch that turns them all off. */
export function ShortcutsHelp({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const [isOn, setIsOn] = useShortcutsSwitch();
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={texts.title}
      closeButtonProps={{ 'aria-label': common.close }}
    >
      <Switch
        label={texts.switch}
        description={texts.switchHint}
        checked={isOn}
        onChange={(toggled) => setIsOn(toggled.currentTarget.checked)}
      />
      <dl className={classes.list} data-off={!isOn}>
        {listShortcuts().map(({ key, label }) => (
          <div key={key} className={classes.line}>
            <dt>
              <kbd className={classes.key}>{key}</kbd>
            </dt>
            <dd>{label}</dd>
          </div>
        ))}
        <div className={classes.line}>
          <dt>
            <kbd className={classes.key}>{texts.saveKeys}</kbd>
          </dt>
          <dd>{texts.save}</dd>
        </div>
      </dl>
    </Modal>
  );
}
