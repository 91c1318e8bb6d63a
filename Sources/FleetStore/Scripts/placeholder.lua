-- Placeholder
return 0
