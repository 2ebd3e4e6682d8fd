import { useState } from 'react';

/** Remembers what had the focus when a dialog was opened; the returned function gives it back. */
export function useOpener(): () => void {
  const [opener] = useState(() => document.activeElement);
  return () => {
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
  };
}
