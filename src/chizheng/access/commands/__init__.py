"""Commands of the labour market: `chizheng gate`, `chizheng ads`."""
