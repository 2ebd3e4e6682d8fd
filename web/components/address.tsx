/** An e-mail address, or a name, that breaks behind its @ where it has to break. */
export function Address({ text }: { text: string }) {
  const [first, ...rest] = text.split('@');
  if (rest.length === 0) return text;
  return (
    <>
      {first}@<wbr />
      {rest.join('@')}
    </>
  );
}
