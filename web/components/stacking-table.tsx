import type { ReactNode } from 'react';
import classes from './stacking-table.module.css';

interface StackingTableProps {
  label: string;
  /** The first is what a row is about. */
  columns: readonly string[];
  rows: { key: string; cells: readonly ReactNode[] }[];
}

/** What the elements are by themselves; shown as blocks they would lose it. */
const as = {
  table: { role: 'table' },
  rowgroup: { role: 'rowgroup' },
  row: { role: 'row' },
  columnheader: { role: 'columnheader' },
  rowheader: { role: 'rowheader' },
  cell: { role: 'cell' },
};

/**
 * A table where there is room; where there is little each row is a block of its own, with the columns' names before
 * the values.
 */
export function StackingTable({ label, columns, rows }: StackingTableProps) {
  const [heading = '', ...others] = columns;
  return (
    <div className={classes.room}>
      <table className={classes.table} {...as.table} aria-label={label}>
        <thead {...as.rowgroup}>
          <tr {...as.row}>
            {[heading, ...others].map((column) => (
              <th key={column} scope="col" {...as.columnheader}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody {...as.rowgroup}>
          {rows.map(({ key, cells: [head, ...rest] }) => (
            <tr key={key} {...as.row}>
              <th scope="row" {...as.rowheader}>
                {head}
              </th>
              {others.map((column, index) => (
                <td key={column} {...as.cell}>
                  <span className={classes.label} aria-hidden="true">
                    {column}
                  </span>
                  <div className={classes.value}>{rest[index]}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
