-- How far metrics and notify have come. One row: metrics' updates and instant, notify's updates, indicators and instant.
SELECT m.updates, m.instant, n.updates, n.indicators, n.instant FROM duban.metrics_cursor AS m, duban.notify_cursor AS n
