'use strict';

/** What a person may do with a line after listening, by the names in csm.Keys.of; one rule for all pages. Each has

    - can(line, take): whether it applies to a line, of which that take was heard
    - label(line, take): what its button says
    - make(line, take): the decision, as a file of decisions has it; its `of` is the line or take that was heard */
csm.ways = (() => {
  const hasEnded = line => ['FAILED', 'HELD', 'UNKNOWN'].includes(line.state);
  const isOther = (line, take) => take && take.take !== line.take;
  const pick = (line, take) => ({ decision: 'pick', take: take.take, of: take });
  return {
    accept: {
      can: (line, take) => line.state === 'STORED' && take?.state === 'STORED',
      label: (line, take) => isOther(line, take) ? `Accept take ${take.take}` : 'Accept',
      // Accepting another take means picking it.
      make: (line, take) => isOther(line, take) ? pick(line, take) : { decision: 'accept', of: take },
    },
    pick: {
      can: (line, take) => take?.state === 'STORED' && isOther(line, take),
      label: () => 'Pick',
      make: pick,
    },
    again: {
      can: line => hasEnded(line) || ['STORED', 'CANCELLED'].includes(line.state),
      label: line => line && hasEnded(line) ? 'Retry' : 'Reroll',
      make: line => ({ decision: hasEnded(line) ? 'retry' : 'reroll', of: line }),
    },
    cancel: {
      can: line => !['STORED', 'FAILED', 'CANCELLED'].includes(line.state),
      label: () => 'Cancel',
      make: line => ({ decision: 'cancel', of: line }),
    },
  };
})();
