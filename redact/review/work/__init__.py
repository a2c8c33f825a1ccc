"""Long work: jobs in processes of their own, which outlive the request that asked for them."""
