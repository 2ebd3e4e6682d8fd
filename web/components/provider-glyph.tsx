import { VisuallyHidden } from '@mantine/core';
import { type Provider, providerNames } from '../texts.ts';
import classes from './provider-glyph.module.css';

interface ProviderGlyphProps {
  provider: Provider;
  size?: number;
  /** False where the provider's name stands beside it anyway. */
  isNamed?: boolean;
}

/** A calendar leaf with the provider's initial: ours, not the providers' trademarks. */
export function ProviderGlyph({ provider, size = 20, isNamed = true }: ProviderGlyphProps) {
  return (
    <>
      <svg
        className={classes.glyph}
        data-provider={provider}
        width={size}
        height={size}
        viewBox="0 0 20 20"
        aria-hidden="true"
      >
        <rect className={classes.sheet} x="1.6" y="2.6" width="16.8" height="15.8" rx="3.6" />
        <path className={classes.rings} d="M6 1.2v3M14 1.2v3" />
        {provider === 'google' ? (
          <path className={classes.initial} d="M13 8.6a3.5 3.5 0 1 0 .4 2.5H10.4" />
        ) : (
          <circle className={classes.initial} cx="10" cy="10.8" r="3.5" />
        )}
      </svg>
      {isNamed && <VisuallyHidden>{providerNames[provider]}</VisuallyHidden>}
    </>
  );
}
