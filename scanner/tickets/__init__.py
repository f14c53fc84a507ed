"""From findings to tickets: one ticket a finding, closed on proof."""
