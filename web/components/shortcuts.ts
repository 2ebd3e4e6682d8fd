import { useEffect, useLayoutEffect, useRef, useSyncExternalStore } from 'react';

/** What one key does on the page that is shown. */
export interface Shortcut {
  /** As `KeyboardEvent.key` has it: `n`, `?`, `/`. */
  key: string;
  /** In the help. */
  label: string;
  run: () => void;
}

const STORED = 'kalends-shortcuts';
/** Typing, and whatever takes letters for itself: lists that are searched by them, menus, dialogs. */
const TAKES_KEYS =
  'input, textarea, select, [contenteditable], [role=textbox], [role=combobox], [role=listbox], [role=menu]';

let pages: { current: readonly Shortcut[] }[] = [];
let isOn = readIsOn();
const listeners = new Set<() => void>();

/** The shortcuts of whatever is on the screen now. */
export const listShortcuts = (): Shortcut[] => pages.flatMap(({ current }) => current);

/**
 * Single keys for a page, while it is shown: never while something is typed, a dialog is open or
 * another key is held, and not at all for who has turned them off (WCAG 2.2, 2.1.4). A screen reader
 * that reads keeps its keys: the browser does not hear of them.
 */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts);
  useLayoutEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    pages = [...pages, latest];
    if (pages.length === 1) window.addEventListener('keydown', onKey);
    return () => {
      pages = pages.filter((page) => page !== latest);
      if (pages.length === 0) window.removeEventListener('keydown', onKey);
    };
  }, []);
}

/** Whether single keys do anything for this person in this browser, and how to change that. */
export function useShortcutsSwitch(): [isOn: boolean, set: (isWanted: boolean) => void] {
  return [useSyncExternalStore(subscribe, () => isOn), setIsOn];
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function setIsOn(isWanted: boolean): void {
  isOn = isWanted;
  try {
    localStorage.setItem(STORED, isWanted ? 'on' : 'off');
  } catch {
    // Kept for this page alone where a browser stores nothing.
  }
  for (const listener of listeners) listener();
}

function readIsOn(): boolean {
  try {
    return localStorage.getItem(STORED) !== 'off';
  } catch {
    return true;
  }
}

function onKey(press: KeyboardEvent): void {
  if (!isOn || press.defaultPrevented || press.repeat || press.isComposing) return;
  if (press.ctrlKey || press.metaKey || press.altKey) return;
  const { target } = press;
  if (target instanceof Element && target.closest(TAKES_KEYS)) return;
  if (document.querySelector('[role=dialog], [role=alertdialog]')) return;
  const shortcut = listShortcuts().find(({ key }) => key === press.key);
  if (!shortcut) return;
  // Or the letter would be the first that is typed into what opens.
  press.preventDefault();
  shortcut.run();
}
